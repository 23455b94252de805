import type { WorkflowStartOptions } from '@temporalio/client';
import {
  type OrderInput,
  type OrderOutcome,
  orderWorkflowId,
  searchAttributes,
  TRACE,
} from '../../contract/order.ts';
import { traced } from '../../platform/tracing.ts';

export type OrderWorkflow = (input: OrderInput) => Promise<OrderOutcome>;

/** Which request a workflow was started by, for whoever asks later. */
export interface StartedBy {
  requestHash: string;
  attempt: string;
}

/** How the workflow of an order is started. */
export function startOptions(input: OrderInput, taskQueue: string, memo: StartedBy) {
  return {
    workflowId: orderWorkflowId(input.orderId),
    taskQueue,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: '3s',
    memo: { ...memo, [TRACE]: traced.getStore() },
    staticSummary: summaryOf(input),
    typedSearchAttributes: [
      { key: searchAttributes.orderStatus, value: 'CREADO' },
      { key: searchAttributes.customerId, value: input.userId },
    ],
  } satisfies WorkflowStartOptions<OrderWorkflow>;
}

/** What the Web UI shows beside the order. */
function summaryOf({ items, paymentMethod }: OrderInput): string {
  return `${items.length} ${items.length === 1 ? 'item' : 'items'}, payment by ${paymentMethod}`;
}
