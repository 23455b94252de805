import { IMPORTED_ORDER_WORKFLOW } from '../../contract/imported-order.ts';
import { ORDER_WORKFLOW } from '../../contract/order.ts';
import { RECONCILE_ORDER_WORKFLOW } from '../../contract/reconciler.ts';
import { REFUND_WORKFLOW } from '../../contract/refund.ts';

/** Orders whose workflow was ended by hand, or by a bug, or one about them: a case, or a refund. */
export function brokenOrdersQuery(taskQueue: string, since: string): string {
  const types = [
    ORDER_WORKFLOW,
    IMPORTED_ORDER_WORKFLOW,
    RECONCILE_ORDER_WORKFLOW,
    REFUND_WORKFLOW,
  ];
  return [
    `WorkflowType IN (${types.map((type) => `"${type}"`).join(', ')})`,
    `TaskQueue = "${taskQueue}"`,
    'ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")',
    `CloseTime >= "${since}"`,
  ].join(' AND ');
}
