import { ORDER_WORKFLOW } from '../contract.ts';

/** Orders whose workflow was ended by hand, or by a bug. */
export function brokenOrdersQuery(taskQueue: string, since: string): string {
  return [
    `WorkflowType = "${ORDER_WORKFLOW}"`,
    `TaskQueue = "${taskQueue}"`,
    'ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")',
    `CloseTime >= "${since}"`,
  ].join(' AND ');
}
