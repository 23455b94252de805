/** What is stuck, as queries of Temporal's visibility store: for the desk and for the API. */
import { ORDER_WORKFLOW } from './contract.ts';
import { RECONCILE_ORDER_WORKFLOW, RECONCILE_STEP } from './contract-reconciler.ts';

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
  const orders = `FailedStep != "${RECONCILE_STEP}"`;
  return [parkedQuery(taskQueue), orders, ...conditions(filter)].join(' AND ');
}

const TASK_PROBLEMS = ['WorkflowTaskFailed', 'WorkflowTaskTimedOut']
  .map((one) => `"category=${one}"`)
  .join(', ');

/** Workflows whose code fails again and again: no signal reaches them before it is mended. */
export function wedgedQuery(taskQueue: string): string {
  return `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}" AND TemporalReportedProblems IN (${TASK_PROBLEMS})`;
}

/** All that a person has to see to: orders and reports, parked or wedged. */
export function attentionQuery(taskQueue: string, filter: StuckFilter): string {
  return [
    `WorkflowType IN ("${ORDER_WORKFLOW}", "${RECONCILE_ORDER_WORKFLOW}")`,
    'ExecutionStatus = "Running"',
    `TaskQueue = "${taskQueue}"`,
    `(NeedsAttention = true OR TemporalReportedProblems IN (${TASK_PROBLEMS}))`,
    ...conditions(filter),
  ].join(' AND ');
}

function conditions({ failedStep, failureType }: StuckFilter): string[] {
  return [
    ...(failedStep ? [`FailedStep = "${word(failedStep)}"`] : []),
    ...(failureType ? [`FailureType = "${word(failureType)}"`] : []),
  ];
}

function word(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw new TypeError('a filter must be a word');
  return text;
}
