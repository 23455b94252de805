import { log, metricMeter, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/reconcile.ts';
import { operatorSignal } from '../contract.ts';
import type { ReconcileOrderInput } from '../contract-reconciler.ts';
import { judge, type Verdict } from '../domain/reconciliation.ts';
import { Mender } from './reconcile-mend.ts';
import { Report } from './reconcile-report.ts';
import { createSteps } from './steps/run-step.ts';
import { StuckState } from './stuck/stuck-state.ts';

/**
 * One order whose parties did not agree: looks again after a while, mends what can be mended
 * safely, and shows the rest to people until one of them has decided. Answers what was wrong.
 */
export async function reconcileOrder({ orderId, policy }: ReconcileOrderInput): Promise<Verdict> {
  const attention = new StuckState(policy.steps);
  const mender = new Mender(createSteps(policy.steps, attention));
  const report = new Report(orderId);
  const { inspectOrder } = proxyActivities<Activities>({ startToCloseTimeout: '15s' });
  setHandler(operatorSignal('retry'), () => attention.retryAll(), {
    description: 'Try the repair again now, if it is what failed.',
  });

  await sleep(policy.graceMs, {
    summary: 'looks again later: a write in flight is no disagreement',
  });
  const facts = await inspectOrder(orderId);
  const verdict = judge(facts);
  tell(orderId, verdict);
  for (const kind of verdict.mend) await mender.mend(kind, facts);
  if (verdict.report.length > 0) await settle(verdict);
  return verdict;

  async function settle(found: Verdict): Promise<void> {
    for (;;) {
      const { cancels, reason, by } = await report.decided(found);
      if (!cancels) break;
      const now = await inspectOrder(orderId);
      if (judge(now).report.includes('abandonedPaid')) {
        await mender.end(now, { reason, by });
        break;
      }
      report.note('the order is not cancelled: it has a workflow again, or has come to an end');
    }
    report.close();
  }
}

/** For dashboards and logs; a disagreement that is gone at the second look was none. */
function tell(orderId: string, { mend, report }: Verdict): void {
  const found = metricMeter.createCounter('orders_reconciled');
  for (const kind of mend) found.add(1, { kind, outcome: 'mended' });
  for (const kind of report) found.add(1, { kind, outcome: 'reported' });
  if (mend.length + report.length > 0) log.warn('order does not agree', { orderId, mend, report });
}
