import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import {
  refreshStuckOrders,
  type StuckOrdersInput,
  type StuckOrdersPolicy,
} from '../../contract/stuck-orders.ts';
import { offerBulkActions } from './bulk-actions.ts';
import { PageState } from './page-state.ts';

/**
 * One page for operators: it shows what is stuck, and begins actions on all of it. It never
 * ends by itself, and a cancellation does not end it: what is stuck would be seen no more.
 */
export async function stuckOrders(input: StuckOrdersInput): Promise<void> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => keepLooking(input, workflow));
}

async function keepLooking(input: StuckOrdersInput, workflow: CancellationScope): Promise<void> {
  const { policy, journal = [] } = input;
  const board = new PageState(journal);
  const { surveyStuck } = proxyActivities<StuckOrdersActivities>({
    startToCloseTimeout: '2m',
    heartbeatTimeout: '20s',
    retry: { maximumInterval: '1m' },
  });
  let wantsLook = false;
  const wake = () => {
    wantsLook = true;
  };
  setHandler(refreshStuckOrders, wake, { description: 'Look again now.' });
  offerBulkActions(policy.bulk, board, wake);
  workflow.cancelRequested.catch(() => {
    board.note('a cancellation was requested, and ignored: this page has to stay');
  });

  for (;;) {
    wantsLook = false;
    board.found(await surveyStuck({ page: policy.page }));
    if (isLong(policy) && allHandlersFinished()) break;
    await condition(() => wantsLook, board.isBusy ? policy.busyMs : policy.idleMs);
  }
  await continueAsNew<typeof stuckOrders>({ policy, journal: board.journal });
}

function isLong({ maxEvents }: StuckOrdersPolicy): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxEvents;
}
