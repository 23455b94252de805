import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/erasure.ts';
import type { ErasureInput, ErasureOutcome } from '../../contract/erasure.ts';

const RETRY = { initialInterval: '1s', maximumInterval: '30s' } as const;

/**
 * Deletes what identifies a customer, once all of their orders are at their end. It goes on until it is
 * done: half of it would be a promise that nobody keeps.
 */
export async function erasePersonalData({ userId, by }: ErasureInput): Promise<ErasureOutcome> {
  const { findOpenOrders, eraseOrders } = proxyActivities<Activities>({
    ...{ startToCloseTimeout: '1 hour', heartbeatTimeout: '10s', retry: RETRY },
  });
  return CancellationScope.nonCancellable(async () => {
    // What is placed from now on is not looked at, and stays as it is.
    const erasedAt = new Date().toISOString();
    const openOrders = await findOpenOrders({ userId, erasedAt });
    if (openOrders.length > 0) return { openOrders };
    return eraseOrders({ userId, by, erasedAt });
  });
}
