/** How the workflow of a refund is started, by whoever starts it. */
import type { WorkflowStartOptions } from '@temporalio/client';
import type { StoredOrder } from '../domain/records.ts';
import { whoseOrder } from './order.ts';
import { type RefundInput, type RefundOutcome, refundWorkflowId } from './refund.ts';

type RefundWorkflow = (input: RefundInput) => Promise<RefundOutcome>;

export function refundStart(
  input: RefundInput,
  { userId, orderNumber }: Pick<StoredOrder, 'userId' | 'orderNumber'>,
  taskQueue: string,
) {
  return {
    workflowId: refundWorkflowId(input.orderId, input.refundId),
    taskQueue,
    args: [input] as [RefundInput],
    workflowTaskTimeout: '3s',
    // One that was ended by hand goes on where it was; MongoDB knows what is done.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `refund, order ${orderNumber}`,
    typedSearchAttributes: whoseOrder({ userId, orderNumber }),
  } satisfies WorkflowStartOptions<RefundWorkflow>;
}
