import { proxyActivities } from '@temporalio/workflow';
import type { OrderActivities } from '../../activities/order.ts';

/** Changes nothing: it ends when workers of its version do workflow tasks and steps, and reach MongoDB. */
export async function versionProbe(): Promise<void> {
  const { loadOrder } = proxyActivities<OrderActivities>({
    ...{ startToCloseTimeout: '5s', retry: { maximumInterval: '1s' } },
  });
  await loadOrder('version-probe');
}
