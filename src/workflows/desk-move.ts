import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/desk.ts';
import {
  type DeskAction,
  type DeskOutcome,
  type DeskPolicy,
  deskActions,
} from '../contract-desk.ts';
import type { DeskBoard } from './desk-board.ts';
import type { DeskRequest } from './desk-input.ts';

const words: Readonly<Record<DeskAction, string>> = {
  retryStuck: 'retrying',
  cancelStuck: 'cancelling',
};

/** Signals every stuck order that is meant, and waits a while to see what becomes of them. */
export async function moveStuck(
  action: DeskAction,
  request: DeskRequest,
  policy: DeskPolicy,
  board: DeskBoard,
): Promise<DeskOutcome> {
  const { by, note, failedStep, failureType } = request;
  const { findStuck, signalOrders, countStillStuck } = proxyActivities<Activities>({
    startToCloseTimeout: '10m',
    heartbeatTimeout: '10s',
    retry: { maximumInterval: '30s' },
    summary: `${action} by ${by}`,
  });
  const where = [failedStep, failureType].filter(Boolean).join(', ') || 'everywhere';
  board.progress(request, `${words[action]}, for ${by} (${where})`);

  const { ids, matched } = await findStuck({ failedStep, failureType });
  let signalled = 0;
  for (let done = 0; done < ids.length; done += policy.batch) {
    const batch = ids.slice(done, done + policy.batch);
    board.progress(request, `${words[action]} ${done} of ${matched}, for ${by} (${where})`);
    signalled += await signalOrders({
      ids: batch,
      action: deskActions[action],
      input: { by, note },
    });
  }
  board.progress(request, `${words[action]} ${ids.length} of ${matched}, for ${by}: watching`);
  const { settleMs, quietMs } = policy;
  const left = ids.length > 0 ? await countStillStuck({ ids, settleMs, quietMs }) : 0;
  // What was too much for one action is as stuck as before.
  const outcome = { matched, signalled, stillStuck: left + matched - ids.length };
  board.ended(
    request,
    `${action} by ${by} (${where})${note ? `, "${note}"` : ''}: ${matched} matched, ${signalled} signalled, ${outcome.stillStuck} still stuck`,
  );
  return outcome;
}
