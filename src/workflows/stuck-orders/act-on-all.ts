import { proxyActivities } from '@temporalio/workflow';
import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import {
  type BulkAction,
  type BulkOutcome,
  bulkActions,
  type StuckOrdersPolicy,
} from '../../contract/stuck-orders.ts';
import type { ReadBulkRequest } from './bulk-input.ts';
import type { PageState } from './page-state.ts';

const words: Readonly<Record<BulkAction, string>> = {
  retryStuck: 'retrying',
  cancelStuck: 'cancelling',
};

/** Signals every stuck order that is meant, a page at a time, and counts what became of them. */
export async function moveStuck(
  name: BulkAction,
  request: ReadBulkRequest,
  policy: StuckOrdersPolicy,
  board: PageState,
): Promise<BulkOutcome> {
  const { by, note, failedStep, failureType } = request;
  const { countStuck, movePage } = proxyActivities<StuckOrdersActivities>({
    // A page is watched for a while; an attempt that hangs misses its heartbeats long before.
    startToCloseTimeout: policy.settleMs + 600_000,
    heartbeatTimeout: '10s',
    retry: { maximumInterval: '30s' },
    summary: `${name} by ${by}`,
  });
  const action = bulkActions[name];
  const filter = { failedStep, failureType };
  const where = [failedStep, failureType].filter(Boolean).join(', ') || 'everywhere';
  board.progress(request, `${words[name]}, for ${by} (${where})`);

  const expected = await countStuck({ action, filter });
  const outcome: BulkOutcome = { matched: 0, signalled: 0, stillStuck: 0 };
  let after: string | undefined;
  do {
    const { matched, signalled } = outcome;
    const of = Math.max(expected, matched);
    const progress = `${matched} of ${of} done, ${signalled} signalled`;
    board.progress(request, `${words[name]}, for ${by} (${where}): ${progress}`);
    const { batch: size, settleMs, quietMs } = policy;
    const page: Awaited<ReturnType<StuckOrdersActivities['movePage']>> = await movePage({
      ...{ action, filter, input: { by, note }, after, size, settleMs, quietMs },
    });
    outcome.matched += page.matched;
    outcome.signalled += page.signalled;
    outcome.stillStuck += page.stillStuck;
    after = page.next;
  } while (after !== undefined);
  board.ended(
    request,
    `${name} by ${by} (${where})${note ? `, "${note}"` : ''}: ${outcome.matched} matched, ${outcome.signalled} signalled, ${outcome.stillStuck} still stuck`,
  );
  return outcome;
}
