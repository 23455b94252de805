/** How the workflow of an order is started, by whoever starts it. */
import { code } from '../domain/markdown.ts';
import { orderNumberOf } from '../domain/order-number.ts';
import { type OrderInput, orderWorkflowId, whoseOrder } from './order.ts';

export function orderStart(input: OrderInput, taskQueue: string) {
  return {
    workflowId: orderWorkflowId(input.orderId),
    taskQueue,
    args: [input] as [OrderInput],
    workflowTaskTimeout: '3s',
    staticSummary: summaryOf(input),
    staticDetails: detailsOf(input),
    typedSearchAttributes: whoseOrder({ ...input, orderNumber: orderNumberOf(input.orderId) }),
  } as const;
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
