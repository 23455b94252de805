import { metricMeter, workflowInfo } from '@temporalio/workflow';
import type { OrderOutcome } from '../../contract/order.ts';
import { ORDERS_FINISHED, TIME_TO } from '../../contract/order-metrics.ts';

/** Measures how long an order took to come so far; a replay measures nothing. */
export function measureTimeTo(stage: keyof typeof TIME_TO): void {
  const seconds = (Date.now() - workflowInfo().startTime.getTime()) / 1_000;
  metricMeter.createHistogram(TIME_TO[stage], 'float', 's').record(seconds);
}

/** Counts how an order ended, and answers it. */
export function counted(outcome: OrderOutcome): OrderOutcome {
  const { status, reason = 'none' } = outcome;
  metricMeter.createCounter(ORDERS_FINISHED).add(1, { status, reason });
  return outcome;
}
