import type { WorkflowStartOptions } from '@temporalio/client';
import {
  type OrderInput,
  type OrderOutcome,
  orderWorkflowId,
  searchAttributes,
  TRACE,
} from '../contract.ts';
import { traced } from '../trace.ts';

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
    staticSummary: `${input.items.length} items, payment by ${input.paymentMethod}`,
    typedSearchAttributes: [
      { key: searchAttributes.orderStatus, value: 'CREADO' },
      { key: searchAttributes.customerId, value: input.userId },
    ],
  } satisfies WorkflowStartOptions<OrderWorkflow>;
}
