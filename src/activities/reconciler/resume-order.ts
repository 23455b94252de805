import { activityInfo, getClient } from '@temporalio/activity';
import {
  ORDER_WORKFLOW,
  type OrderInput,
  type OrderPolicy,
  searchAttributes,
} from '../../contract/order.ts';
import { orderStart } from '../../contract/order-start.ts';
import type { StoredOrder, StoredPayment } from '../../domain/records.ts';
import type { OrderQueries } from '../../store/order-queries.ts';

interface Resumption {
  orderId: string;
  policy: OrderPolicy;
}

/**
 * Gives a paid order a workflow again, made from what is recorded: it goes on from there, and charges
 * nothing. Does nothing to an order that is not paid, or that has a workflow.
 */
export async function resumeOrder(
  queries: OrderQueries,
  { orderId, policy }: Resumption,
): Promise<void> {
  const order = await queries.find(orderId);
  const payment = (await queries.payments(orderId)).at(-1);
  if (order?.status !== 'PAGADO' || payment === undefined) return;
  const start = orderStart(inputOf(order, payment, policy), activityInfo().taskQueue);
  const { transactionId } = payment;
  await getClient().workflow.start(ORDER_WORKFLOW, {
    ...start,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    // For the API, which compares the requests of an order.
    memo: { requestHash: order.requestHash },
    typedSearchAttributes: [
      ...start.typedSearchAttributes,
      { key: searchAttributes.orderStatus, value: order.status },
      ...(transactionId ? [{ key: searchAttributes.transactionId, value: transactionId }] : []),
    ],
  });
}

function inputOf(
  { orderId, userId, lines, shippingAddress, billingAddress, requestHash = '' }: StoredOrder,
  { paymentMethod }: StoredPayment,
  policy: OrderPolicy,
): OrderInput {
  return {
    ...{ orderId, userId, shippingAddress, billingAddress, paymentMethod, requestHash, policy },
    items: lines.map(({ productId, quantity }) => ({ productId, quantity })),
  };
}
