import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { IMPORTED_ORDER_WORKFLOW, type ImportedOrderInput } from '../contract/imported-order.ts';
import {
  type OrderPolicy,
  orderWorkflowId,
  searchAttributes,
  shipBy,
  whoseOrder,
} from '../contract/order.ts';
import type { PaymentRecord } from '../domain/records.ts';
import type { ImportedOrder } from './imported-orders.ts';

interface Options {
  client: Client;
  taskQueue: string;
  policy: OrderPolicy;
}

/** Whether an open order is being looked after: one whose workflow was ended by hand is not. */
export async function hasWorkflow(client: Client, orderId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(orderWorkflowId(orderId)).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/**
 * Why an order cannot be given a workflow before a person has seen to it; undefined when it can.
 * The workflow keeps one payment, of the order's total.
 */
export function whyNotStart({ order, payments }: ImportedOrder): string | undefined {
  if (order.status !== 'CREADO' && order.status !== 'PAGADO') return `it is ${order.status}`;
  const completed = payments.filter(({ paymentStatus }) => paymentStatus === 'completed');
  if (completed.length > 1) return `it has ${completed.length} completed payments`;
  const { amount, currency } = paymentOf({ order, payments });
  return amount === order.totalAmount && currency === order.currency
    ? undefined
    : 'its payment differs from its total';
}

/** Gives an order its workflow. False when it has one. */
export async function startImportedOrder(found: ImportedOrder, options: Options): Promise<boolean> {
  const { client, taskQueue, policy } = options;
  const input = inputOf(found, policy);
  try {
    await client.workflow.start(IMPORTED_ORDER_WORKFLOW, {
      workflowId: orderWorkflowId(input.orderId),
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowTaskTimeout: '3s',
      taskQueue,
      args: [input],
      staticSummary: `${input.soFar.orderNumber}, placed by the service before this one`,
      typedSearchAttributes: [
        { key: searchAttributes.orderStatus, value: input.soFar.status },
        ...whoseOrder({ ...input, orderNumber: input.soFar.orderNumber }),
        ...transactionOf(input),
        ...(input.soFar.status === 'PAGADO' ? shipBy(policy) : []),
      ],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

function inputOf({ order, payments }: ImportedOrder, policy: OrderPolicy): ImportedOrderInput {
  const { orderId, userId, shippingAddress, billingAddress, currency, lines } = order;
  const { orderNumber, status, version, totalAmount, taxAmount, shippingAmount } = order;
  const payment = paymentOf({ order, payments });
  return {
    ...{ orderId, userId, shippingAddress, billingAddress, policy },
    items: lines.map(({ productId, quantity }) => ({ productId, quantity })),
    paymentMethod: payment.paymentMethod,
    requestHash: '',
    soFar: {
      ...{ orderNumber, status, version, payment },
      priced: { currency, lines, totalAmount, taxAmount, shippingAmount },
    },
  };
}

function transactionOf({ soFar }: ImportedOrderInput) {
  const value = soFar.payment.transactionId;
  return value === undefined ? [] : [{ key: searchAttributes.transactionId, value }];
}

/** The payment that counts: what was captured, else the latest; one that is unknown if there is none. */
function paymentOf({ order, payments }: Pick<ImportedOrder, 'order' | 'payments'>): PaymentRecord {
  const completed = payments.find(({ paymentStatus }) => paymentStatus === 'completed');
  const { orderId, totalAmount: amount, currency } = order;
  return (
    completed ??
    payments.at(-1) ?? {
      ...{ idempotencyKey: `legacy:${orderId}`, amount, currency },
      paymentMethod: 'bank_transfer',
      paymentStatus: 'unknown',
    }
  );
}
