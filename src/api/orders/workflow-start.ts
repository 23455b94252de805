import type { WorkflowStartOptions } from '@temporalio/client';
import {
  type OrderInput,
  type OrderOutcome,
  orderWorkflowId,
  searchAttributes,
} from '../../contract/order.ts';
import { TRACE } from '../../contract/trace.ts';
import { code } from '../../domain/markdown.ts';
import { orderNumberOf } from '../../domain/order-number.ts';
import { currentTrace } from './current-trace.ts';

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
    memo: { ...memo, [TRACE]: currentTrace() },
    staticSummary: summaryOf(input),
    staticDetails: detailsOf(input),
    typedSearchAttributes: [
      { key: searchAttributes.orderStatus, value: 'CREADO' },
      { key: searchAttributes.customerId, value: input.userId },
      { key: searchAttributes.orderNumber, value: orderNumberOf(input.orderId) },
    ],
  } satisfies WorkflowStartOptions<OrderWorkflow>;
}

/** What the Web UI shows beside the order. The customer reads the number out. */
function summaryOf({ orderId, items, paymentMethod }: OrderInput): string {
  const products = `${items.length} ${items.length === 1 ? 'product' : 'products'}`;
  return `${orderNumberOf(orderId)}: ${products}, ${paymentMethod.replaceAll('_', ' ')}`;
}

/** More lines than that are in the order itself. */
const MAX_LINES = 10;

/** What was ordered, and by whom; no address. Markdown. */
function detailsOf({ userId, items }: OrderInput): string {
  const lines = items.slice(0, MAX_LINES).map(({ productId, quantity }) => {
    return `- ${quantity} × ${code(productId)}`;
  });
  const left = items.length - lines.length;
  return [
    `Customer ${code(userId)} ordered:`,
    '',
    ...lines,
    ...(left > 0 ? [`- … ${left} more`] : []),
  ].join('\n');
}
