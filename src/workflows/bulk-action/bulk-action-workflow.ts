import {
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import { type BulkInput, type BulkOutcome, bulkActions } from '../../contract/bulk-action.ts';
import { BulkState, type Chunk } from './bulk-state.ts';
import { offerSteering } from './steering.ts';

/**
 * Tells every stuck order of a group to move, no faster than the service behind them bears: a few
 * first, past a circuit breaker, then more and more as it helps. It suspends itself when it does not.
 */
export async function bulkAction(input: BulkInput): Promise<BulkOutcome> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => moveAll(input, workflow));
}

async function moveAll(input: BulkInput, workflow: CancellationScope): Promise<BulkOutcome> {
  const state = new BulkState(input);
  offerSteering(state);
  workflow.cancelRequested.catch(() => state.stop('as its cancellation was requested'));
  const { countStuck } = activitiesFor(state);
  const { action, failedStep, failureType } = input;
  const group = { action: bulkActions[action], filter: { failedStep, failureType } };
  if (input.progress === undefined) state.expect(await countStuck(group));
  for (;;) {
    await condition(() => !state.isSuspended || state.isStopped);
    if (state.isStopped) break;
    if (isLong(input)) {
      const { progress } = state;
      await continueAsNew<typeof bulkAction>({ ...input, progress });
    }
    if (!state.did(await moveChunk(state, group))) break;
  }
  const { matched, signalled, stillStuck } = state.progress;
  return { matched, signalled, stillStuck };
}

function moveChunk(
  state: BulkState,
  group: Pick<Parameters<StuckOrdersActivities['movePage']>[0], 'action' | 'filter'>,
): Promise<Chunk> {
  const { by, note, policy } = state.input;
  const { after, size, perSecond } = state.progress;
  const { settleMs, quietMs } = policy;
  const { movePage } = activitiesFor(state);
  // Those that try whether it helps are few enough to pass a breaker, which the others respect.
  const told = state.isTrying ? { by, note } : { by, note, bulkAction: workflowInfo().workflowId };
  return movePage({ ...group, input: told, after, size, perSecond, settleMs, quietMs });
}

function activitiesFor({ input, progress }: BulkState) {
  const { action, by, policy } = input;
  const paceMs = (1_000 * progress.size) / progress.perSecond;
  return proxyActivities<StuckOrdersActivities>({
    // An attempt that hangs misses its heartbeats long before.
    startToCloseTimeout: paceMs + policy.settleMs + 600_000,
    heartbeatTimeout: '10s',
    retry: { maximumInterval: '30s' },
    summary: `${action} by ${by}`,
  });
}

function isLong({ policy }: BulkInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > policy.maxEvents;
}
