import {
  CancellationScope,
  ChildWorkflowFailure,
  continueAsNew,
  executeChild,
  log,
  setHandler,
  sleep,
  upsertMemo,
  uuid4,
} from '@temporalio/workflow';
import { operatorSignal } from '../../contract/order.ts';
import {
  allowRepairs,
  HELD_BACK,
  type HeldBack,
  holdBack,
  type ReconcileApprovalInput,
  type ReconcilerInput,
  resolveReport,
} from '../../contract/reconciler.ts';
import { CANCELLATION_IGNORED, describeHeldBack } from './case-text.ts';
import { reconcileOrders } from './reconciler-workflow.ts';
import { isLong, Report } from './report.ts';

type Action = 'resolve' | 'allowRepairs' | 'retry';

/**
 * Asks a person about orders that do not agree in such numbers that a run of the reconciler has
 * held them back. Ends when a person has allowed it and all are looked into, when a person leaves
 * them as they are, or when they agree by themselves. A cancellation does not end it.
 */
export async function reconcileApproval(input: ReconcileApprovalInput): Promise<void> {
  const workflow = CancellationScope.current();
  await CancellationScope.nonCancellable(() => ask(input, workflow));
}

async function ask(input: ReconcileApprovalInput, workflow: CancellationScope): Promise<void> {
  const { policy } = input;
  const report = new Report<Action>(input.shown);
  let { since } = input;
  let heldBack: HeldBack = {};
  let timesAsked = 0;
  let isAllowed = false;
  offerActions();
  workflow.cancelRequested.catch(() => report.note(CANCELLATION_IGNORED));

  if (input.shown === undefined) {
    await sleep(policy.graceMs, { summary: 'looks again later: it may have been an interruption' });
  }
  for (;;) {
    const before = timesAsked;
    const left = await lookAgain({ policy, since, isUnbounded: isAllowed });
    if (left !== undefined) {
      isAllowed = false;
      heldBack = left;
      if (Object.keys(left).length === 0) {
        if (timesAsked === before) break;
        // A run has held others back meanwhile.
        continue;
      }
    }
    upsertMemo({ since, kinds: Object.keys(heldBack) });
    report.show(HELD_BACK, describeHeldBack(heldBack, since, policy.maxOfAKind));
    const decision = await report.decided(
      policy.recheckMs,
      `too many orders do not agree (${Object.keys(heldBack).join(', ')}): a signal decides; looks again`,
    );
    if (decision !== undefined) log.warn('orders that were held back', { ...decision });
    if (decision?.action === 'resolve') break;
    if (decision?.action === 'allowRepairs') isAllowed = true;
    if (isLong(policy) && !isAllowed) {
      await continueAsNew<typeof reconcileApproval>({ policy, since, shown: report.shown });
    }
  }
  report.close();

  function offerActions(): void {
    setHandler(
      holdBack,
      (more) => {
        timesAsked++;
        if (more.since < since) since = more.since;
        heldBack = { ...more.heldBack, ...heldBack };
      },
      { description: 'Sent by the reconciler itself.' },
    );
    setHandler(resolveReport, (said) => report.take('resolve', said), {
      description: 'Leave these orders as they are. Input: {"by", "note"} or empty.',
    });
    setHandler(allowRepairs, (said) => report.take('allowRepairs', said), {
      description: 'Look into all of them: repair or report each. Input: {"by", "note"} or empty.',
    });
    setHandler(operatorSignal('retry'), (said) => report.take('retry', said), {
      description: 'Look at all of them again now.',
    });
  }
}

/** What is held back now; undefined when not all orders could be looked at. */
async function lookAgain(
  input: ReconcilerInput & { since: string },
): Promise<HeldBack | undefined> {
  const all: HeldBack = {};
  for (let { since } = input; ; ) {
    const run = await executeChild(reconcileOrders, {
      workflowId: `reconcile-approval-run-${uuid4()}`,
      args: [{ ...input, since }],
    }).catch((error: unknown) => {
      if (error instanceof ChildWorkflowFailure) return undefined;
      throw error;
    });
    if (run === undefined || run.stopped !== undefined) return undefined;
    for (const [kind, count] of Object.entries(run.heldBack) as [keyof HeldBack, number][]) {
      all[kind] = (all[kind] ?? 0) + count;
    }
    if (run.isComplete) return all;
    since = run.changedAfter.at;
  }
}
