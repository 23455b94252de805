import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { orderIdFor } from '../../../src/api/orders/order-id.ts';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import { orderBody, placeOrder, request } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import type { Stack } from '../stack.ts';

export interface OrderAnswer {
  orderId: string;
  orderNumber: string;
  status: string;
  version: number;
  total: { amount: string; minor: number; currency: string };
  [field: string]: unknown;
}

/** Places an order that is taken, and answers it as the customer saw it. */
export async function placed(
  stack: Stack,
  overrides?: Record<string, unknown>,
): Promise<OrderAnswer> {
  const response = await placeOrder(stack, overrides);
  const body = (await response.json()) as OrderAnswer;
  expect({ status: response.status, body }).toMatchObject({ status: 201 });
  return body;
}

/** Waits until the API shows an order with this status. */
export async function untilStatus(
  stack: Stack,
  orderId: string,
  status: string,
): Promise<OrderAnswer> {
  return eventually(async () => {
    const response = await request(stack, `/api/orders/${orderId}`);
    const body = (await response.json()) as OrderAnswer;
    expect(body).toMatchObject({ orderId, status });
    return body;
  });
}

/** Places an order, waits until it is paid, and answers its id. */
export async function paid(stack: Stack, overrides?: Record<string, unknown>): Promise<string> {
  const { orderId } = await placed(stack, overrides);
  await untilStatus(stack, orderId, 'PAGADO');
  return orderId;
}

/** What the order's workflow ended with. */
export async function outcome(stack: Stack, orderId: string): Promise<unknown> {
  return stack.client.workflow.getHandle(orderWorkflowId(orderId)).result();
}

/** The order's documents, as they lie in MongoDB. */
export async function documents(stack: Stack, orderId: string) {
  const all = (name: string) =>
    stack.db.collection(name).find({ orderId }).sort({ version: 1, _id: 1 }).toArray();
  return {
    order: await stack.db.collection('orders').findOne({ uuid: orderId }),
    items: await all('orderitems'),
    history: await all('orderstatushistory'),
    payments: await all('payments'),
  };
}

/** Places an order that is refused, and answers its id. */
export async function refused(
  stack: Stack,
  overrides: Record<string, unknown>,
  sub = 'ana',
): Promise<string> {
  const key = randomUUID();
  const response = await request(stack, '/api/orders', {
    method: 'POST',
    body: orderBody(overrides),
    sub,
    headers: { 'Idempotency-Key': key },
  });
  expect(response.status).toBeGreaterThanOrEqual(400);
  return orderIdFor(sub, key);
}
