import type { WorkflowStartOptions } from '@temporalio/client';
import { type OrderInput, type OrderOutcome, searchAttributes } from '../../contract/order.ts';
import { orderStart } from '../../contract/order-start.ts';
import { TRACE } from '../../contract/trace.ts';
import { currentTrace } from './current-trace.ts';

export type OrderWorkflow = (input: OrderInput) => Promise<OrderOutcome>;

/** Which request a workflow was started by, for whoever asks later. */
export interface StartedBy {
  requestHash: string;
  attempt: string;
}

/** How the workflow of an order is started. */
export function startOptions(input: OrderInput, taskQueue: string, memo: StartedBy) {
  const start = orderStart(input, taskQueue);
  const status = { key: searchAttributes.orderStatus, value: 'CREADO' };
  return {
    ...start,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    memo: { ...memo, [TRACE]: currentTrace() },
    typedSearchAttributes: [...start.typedSearchAttributes, status],
  } satisfies WorkflowStartOptions<OrderWorkflow>;
}
