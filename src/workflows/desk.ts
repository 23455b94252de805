import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/desk.ts';
import {
  type DeskAction,
  type DeskInput,
  type DeskPolicy,
  deskActions,
  deskSignal,
  deskUpdate,
  refreshDesk,
} from '../contract-desk.ts';
import { Refusal } from '../domain/refusal.ts';
import { DeskBoard } from './desk-board.ts';
import { readDeskOrder } from './desk-input.ts';
import { moveStuck } from './desk-move.ts';
import { asUpdateFailure } from './steps/refusals.ts';

const descriptions: Readonly<Record<DeskAction, string>> = {
  retryStuck:
    'Try all stuck orders again now. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
  cancelStuck:
    'Cancel all stuck orders: refund, release. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
};

/** One page for operators: it shows what is stuck, and moves all of it with one action. */
export async function ordersDesk({ policy, journal = [] }: DeskInput): Promise<void> {
  const board = new DeskBoard(journal);
  const { surveyStuck } = proxyActivities<Activities>({
    startToCloseTimeout: '2m',
    heartbeatTimeout: '20s',
    retry: { maximumInterval: '1m' },
  });
  let wantsLook = false;

  const wake = () => {
    wantsLook = true;
  };
  setHandler(refreshDesk, wake, { description: 'Look again now.' });
  for (const action of Object.keys(deskActions) as DeskAction[]) offer(action);

  while (!isLong(policy)) {
    wantsLook = false;
    board.found(await surveyStuck());
    await condition(() => wantsLook, board.isBusy ? policy.busyMs : policy.idleMs);
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof ordersDesk>({ policy, journal: board.journal });

  /** The same as an Update, which answers, and as a Signal, with the outcome in the journal. */
  function offer(action: DeskAction): void {
    const description = descriptions[action];
    setHandler(deskUpdate(action), (input) => move(action, input), {
      description,
      validator: (input) => {
        const refusal = whyNot(input);
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
    setHandler(
      deskSignal(action),
      async (input) => {
        const refusal = whyNot(input);
        if (refusal === undefined) await move(action, input);
        else board.note(`signal ${action} was ignored: ${refusal.message}`);
      },
      { description },
    );
  }

  async function move(action: DeskAction, input: unknown) {
    const outcome = await moveStuck(action, readDeskOrder(input), policy, board);
    wake();
    return outcome;
  }
}

function whyNot(input: unknown): Refusal | undefined {
  try {
    readDeskOrder(input);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function isLong({ maxEvents }: DeskPolicy): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxEvents;
}
