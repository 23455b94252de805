import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { orderIdFor } from '../../../src/api/orders/order-id.ts';
import { orderBody, request, ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { update } from '../operators/operators.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { outcome } from './orders.ts';

/** What becomes of an order after it was placed, and how it has to end. */
const intents = {
  shipped: { body: {}, goOn: shippedAtLast, status: 'ENVIADO' },
  cancelledAtOnce: { body: {}, goOn: cancelled, status: 'CANCELADO' },
  cancelledWhenPaid: { body: {}, goOn: cancelledWhenPaid, status: 'CANCELADO' },
  declined: {
    body: { paymentToken: 'tok_declined' },
    goOn: async () => {},
    status: 'CANCELADO',
  },
} as const;

const BOUND_MS = 120_000;
const COME_AGAIN = [202, 409, 503];

/**
 * Places orders that end in every way, each charged a little later than the one before, so that at
 * any time they are at all stages. Resolves for each when its workflow has ended as was wanted.
 */
export async function begin(stack: Stack, rounds: number): Promise<Promise<string>[]> {
  const all = Array.from({ length: rounds }, () => Object.values(intents)).flat();
  const keys = all.map(() => randomUUID());
  await Promise.all(
    keys.map((key, index) =>
      fault(stack, 'payments', {
        route: 'POST /api/payments',
        kind: 'latency',
        orderId: orderIdFor('ana', key),
        latencyMs: index * 150,
      }),
    ),
  );
  return all.map((wish, index) => live(stack, keys[index] as string, wish));
}

async function live(
  stack: Stack,
  key: string,
  { body, goOn, status }: (typeof intents)[keyof typeof intents],
): Promise<string> {
  const orderId = await placedAtLast(stack, body, key);
  await goOn(stack, orderId);
  expect(await outcome(stack, orderId)).toMatchObject({ status });
  return orderId;
}

/** Places an order, and asks again with the same key until it is placed. */
export async function placedAtLast(
  stack: Stack,
  body: Record<string, unknown> = {},
  key: string = randomUUID(),
): Promise<string> {
  const headers = { 'Idempotency-Key': key };
  const placed = await answered(() =>
    request(stack, '/api/orders', { method: 'POST', body: orderBody(body), headers }),
  );
  expect(placed.status).toBe(201);
  return orderIdFor('ana', key);
}

/** Asks again as long as a client would; anything but "retry" is the answer. */
async function answered(ask: () => Promise<Response>): Promise<Response> {
  return eventually(async () => {
    const response = await ask();
    if (COME_AGAIN.includes(response.status)) throw new Error(`answered ${response.status}`);
    return response;
  }, BOUND_MS);
}

/** Ships the order as soon as it is paid. */
export async function shippedAtLast(stack: Stack, orderId: string): Promise<void> {
  const answer = await answered(async () => {
    const asked = await ship(stack, orderId);
    // It may be shipped since the request before, whose answer was lost.
    return asked.status === 409 ? look(stack, orderId, 'ENVIADO') : asked;
  });
  expect(answer.status).toBe(200);
}

async function cancelled(stack: Stack, orderId: string): Promise<void> {
  expect(await update(stack, orderId, 'cancelOrder', { by: 'ana' })).toBe('done');
}

async function cancelledWhenPaid(stack: Stack, orderId: string): Promise<void> {
  expect((await answered(() => look(stack, orderId, 'PAGADO'))).status).toBe(200);
  await cancelled(stack, orderId);
}

/** The order if it has this status, and 409 if it has another. */
async function look(stack: Stack, orderId: string, status: string): Promise<Response> {
  const response = await request(stack, `/api/orders/${orderId}`);
  if (response.status !== 200) return response;
  const order = (await response.json()) as { status: string };
  return new Response(null, { status: order.status === status ? 200 : 409 });
}
