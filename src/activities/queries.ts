import { ORDER_WORKFLOW } from '../contract.ts';
import { RECONCILE_STEP } from '../contract-reconciler.ts';

/** What of the stuck orders is meant. The values go into a query: they are words, never text. */
export interface StuckFilter {
  failedStep?: string | undefined;
  failureType?: string | undefined;
}

/** All that is parked, orders and reports of the reconciler. Many services may share a namespace. */
export function parkedQuery(taskQueue: string): string {
  return `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}" AND NeedsAttention = true`;
}

/** The parked workflows that an action means; reports are settled one by one. */
export function stuckOrdersQuery(taskQueue: string, filter: StuckFilter): string {
  const conditions = [parkedQuery(taskQueue), `FailedStep != "${RECONCILE_STEP}"`];
  if (filter.failedStep) conditions.push(`FailedStep = "${word(filter.failedStep)}"`);
  if (filter.failureType) conditions.push(`FailureType = "${word(filter.failureType)}"`);
  return conditions.join(' AND ');
}

/** Workflows whose code fails again and again: no signal reaches them before it is mended. */
export function wedgedQuery(taskQueue: string): string {
  const problems = ['WorkflowTaskFailed', 'WorkflowTaskTimedOut'].map((one) => `"category=${one}"`);
  return `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}" AND TemporalReportedProblems IN (${problems.join(', ')})`;
}

function word(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw new TypeError('a filter must be a word');
  return text;
}

/** Orders whose workflow was ended by hand, or by a bug. */
export function brokenOrdersQuery(taskQueue: string, since: string): string {
  return [
    `WorkflowType = "${ORDER_WORKFLOW}"`,
    `TaskQueue = "${taskQueue}"`,
    'ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")',
    `CloseTime >= "${since}"`,
  ].join(' AND ');
}
