import {
  CancellationScope,
  continueAsNew,
  log,
  metricMeter,
  proxyActivities,
  setHandler,
  sleep,
  upsertMemo,
} from '@temporalio/workflow';
import type { ReconcilerActivities } from '../../activities/reconciler/reconciler.ts';
import { operatorSignal } from '../../contract/order.ts';
import { type ReconcileOrderInput, resolveReport, resumeOrder } from '../../contract/reconciler.ts';
import {
  type Discrepancies,
  type DiscrepancyKind,
  findDiscrepancies,
  type OrderFacts,
} from '../../domain/reconciliation.ts';
import { Conflict, createSteps } from '../steps/run-step.ts';
import { StuckState } from '../stuck/stuck-state.ts';
import { CANCELLATION_IGNORED, describeReport } from './case-text.ts';
import { Repairs } from './repairs.ts';
import { type Decision, isLong, Report } from './report.ts';

type Action = 'resolve' | 'resumeOrder' | 'cancelOrder' | 'confirmRefund' | 'retry';

/**
 * One order whose parties did not agree: looks again after a while, repairs what can be repaired
 * safely, and shows the rest to people until all agree or one of them has decided. A cancellation
 * does not end it. Answers what was wrong.
 */
export async function reconcileOrder(input: ReconcileOrderInput): Promise<Discrepancies> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => settle(input, workflow));
}

async function settle(
  { orderId, policy, shown, seen: before }: ReconcileOrderInput,
  workflow: CancellationScope,
): Promise<Discrepancies> {
  const stuck = new StuckState(policy.steps);
  const repairs = new Repairs(createSteps(policy.steps, stuck), policy.steps);
  const report = new Report<Action>(shown);
  const seen = new Seen(orderId, before);
  let found: Discrepancies = { repair: [], report: [] };
  offerActions();
  workflow.cancelRequested.catch(() => {
    (stuck.isStuck ? stuck : report).note(CANCELLATION_IGNORED);
  });

  if (shown === undefined) {
    await sleep(policy.graceMs, {
      summary: 'looks again later: a write in flight is no discrepancy',
    });
  }
  for (;;) {
    const facts = await inspect();
    found = findDiscrepancies(facts);
    seen.add(found);
    const isRepaired = found.repair.length === 0 || (await carriedOut(repairAll(facts)));
    if (isRepaired && found.report.length === 0) break;
    if (isRepaired) report.show(`${found.report[0]}`, describeReport(facts, found));
    const pause = isRepaired ? policy.recheckMs : policy.graceMs;
    const decision = await report.decided(pause, summaryOf(found));
    if (decision?.action === 'resolve') {
      upsertMemo({ accepted: found.report });
      break;
    }
    if (decision !== undefined) await carryOut(decision);
    if (isLong(policy)) {
      const soFar = { shown: report.shown, seen: seen.all };
      await continueAsNew<typeof reconcileOrder>({ orderId, policy, ...soFar });
    }
  }
  report.close();
  return seen.all;

  function repairAll(facts: OrderFacts) {
    return async () => {
      for (const kind of found.repair) await repairs.repair(kind, facts);
    };
  }

  function inspect() {
    const { inspectOrder } = proxyActivities<ReconcilerActivities>({
      startToCloseTimeout: '15s',
      heartbeatTimeout: '10s',
      retry: { maximumInterval: '5m' },
    });
    return inspectOrder(orderId);
  }

  async function carryOut({ action, by, ...said }: Decision<Action>): Promise<void> {
    const facts = await inspect();
    const { report: now } = findDiscrepancies(facts);
    const { reason, note, transactionId = '' } = said;
    if (action === 'resumeOrder' && now.includes('abandonedPaid')) {
      await carriedOut(() => repairs.resume(facts, { by, note }));
    } else if (action === 'cancelOrder' && now.includes('abandonedPaid')) {
      const ending = { by, note, reason: reason ?? 'cancelled on request' };
      await carriedOut(() => repairs.end(facts, ending));
    } else if (action === 'confirmRefund' && now.includes('manualRefundDue')) {
      await carriedOut(() => repairs.refunded(facts, { by, transactionId, note }));
    } else if (action !== 'retry') {
      report.note(`${action} was not carried out: the order has changed meanwhile`);
    }
  }

  /** False when the order was changed meanwhile, so that it has to be looked at again. */
  async function carriedOut(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    } finally {
      report.coveredUp();
    }
  }

  function offerActions(): void {
    setHandler(resolveReport, (input) => report.take('resolve', input), {
      description: 'You have seen to it: end the report. Input: {"by", "note"} or empty.',
    });
    const whyNotAbandoned = () =>
      found.report.includes('abandonedPaid')
        ? undefined
        : 'the order has a workflow, or is not paid';
    setHandler(resumeOrder, (input) => report.take('resumeOrder', input, whyNotAbandoned), {
      description:
        'Give a paid order its workflow again, to be shipped. Input: {"by", "note"} or empty.',
    });
    setHandler(
      operatorSignal('cancelOrder'),
      (input) => report.take('cancelOrder', input, whyNotAbandoned),
      {
        description:
          'Refund and cancel an order whose workflow is gone. Input: {"by", "reason"} or empty.',
      },
    );
    const whyNotRefunded = ({ transactionId }: Decision<Action>) => {
      if (!found.report.includes('manualRefundDue')) return 'no refund is due from a person';
      return transactionId === undefined ? 'transactionId is missing' : undefined;
    };
    setHandler(
      operatorSignal('confirmRefund'),
      (input) => report.take('confirmRefund', input, whyNotRefunded),
      {
        description:
          'You have given back what an operator had confirmed. Input: {"by", "transactionId": "… or none", "note"}',
      },
    );
    const retry = (input: unknown) => {
      if (stuck.isStuck) stuck.retryAll();
      else report.take('retry', input);
    };
    setHandler(operatorSignal('retry'), retry, {
      description: 'Look again now, and try again what failed.',
    });
  }
}

/** For dashboards and logs; a discrepancy that is gone at the second look was none. */
class Seen {
  constructor(
    readonly orderId: string,
    readonly all: Discrepancies = { repair: [], report: [] },
  ) {}

  add({ repair, report }: Discrepancies): void {
    const fresh = {
      repair: repair.filter((kind) => !this.all.repair.includes(kind)),
      report: report.filter((kind) => !this.all.report.includes(kind)),
    };
    this.all.repair.push(...fresh.repair);
    this.all.report.push(...fresh.report);
    count(fresh.repair, 'repaired');
    count(fresh.report, 'reported');
    if (fresh.repair.length + fresh.report.length === 0) return;
    log.warn('order does not agree', { orderId: this.orderId, ...fresh });
  }
}

/** What the timeline says: what was found, and what ends the wait. */
function summaryOf({ report }: Discrepancies): string {
  const found = report.length > 0 ? `${report.join(', ')}: a signal decides; ` : '';
  return `${found}looks again`;
}

function count(kinds: DiscrepancyKind[], outcome: 'repaired' | 'reported'): void {
  const found = metricMeter.createCounter('orders_reconciled');
  for (const kind of kinds) found.add(1, { kind, outcome });
}
