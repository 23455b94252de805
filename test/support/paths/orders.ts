import { expect } from '@jest/globals';
import type { StepName } from '../../../src/workflows/steps/step-options.ts';
import { orderBody, request, ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { refuseWrites } from '../mongodb/refuse-writes.ts';
import { signal, untilStuck, update } from '../operators/operators.ts';
import { documents, paid, placed, refused, untilStatus } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';

/** Plays an order to its end, or to where it ends by itself, and answers its id. */
export type OrderPath = (stack: Stack) => Promise<string>;

const charge = { service: 'payments', route: 'POST /api/payments' } as const;
const reserve = { service: 'inventory', route: 'POST /api/inventory/reserve' } as const;
const release = { service: 'inventory', route: 'DELETE /api/inventory/reserve/{id}' } as const;
const refund = { service: 'payments', route: 'POST /api/payments/by-key/{key}/void' } as const;

/** Leaves an order stuck at a step, with the fault still there. */
async function stuck(
  stack: Stack,
  place: { service: 'payments' | 'inventory'; route: string },
  step: StepName,
  begin: () => Promise<string>,
) {
  const { service, route } = place;
  const repair = await fault(stack, service, { route, kind: 'errorAfter' });
  const orderId = await begin();
  await untilStuck(stack, orderId, step);
  return { orderId, repair };
}

const stuckAtCharge = (stack: Stack) =>
  stuck(stack, charge, 'chargePayment', async () => (await placed(stack)).orderId);

export async function cancelled(stack: Stack, orderId: string): Promise<string> {
  expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
  return orderId;
}

/** Places an order by bank transfer, and waits until Payments expects the money. */
export async function untilPending(stack: Stack): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await eventually(async () => {
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
  });
  return orderId;
}

/** What may become of an order whose steps succeed, or are refused, or fail downstream. */
export const orderPaths: Record<string, OrderPath> = {
  async 'paid-and-shipped'(stack) {
    const orderId = await paid(stack);
    await ship(stack, orderId);
    return orderId;
  },
  declined: async (stack) => (await placed(stack, { paymentToken: 'tok_declined' })).orderId,
  'refused-for-the-user': (stack) => refused(stack, {}, 'marta'),
  'refused-for-a-product': (stack) =>
    refused(stack, { items: [{ productId: 'P-0', quantity: 1 }] }),
  async 'stuck-at-the-refusal-and-retried'(stack) {
    const repair = await refuseWrites(stack, 'refusals');
    const response = await request(stack, '/api/orders', {
      method: 'POST',
      body: orderBody({ items: [{ productId: 'P-0', quantity: 1 }] }),
      headers: { Prefer: 'respond-async' },
    });
    const { orderId } = (await response.json()) as { orderId: string };
    await untilStuck(stack, orderId, 'keepRefusal');
    await repair();
    await signal(stack, orderId, 'retry');
    return orderId;
  },
  'refused-for-want-of-stock': (stack) =>
    refused(stack, { items: Array(100).fill({ productId: 'P-1003', quantity: 1000 }) }),
  async 'given-up-at-the-reservation'(stack) {
    const { service, route } = reserve;
    const repair = await fault(stack, service, { route, kind: 'errorAfter' });
    const orderId = await refused(stack, {});
    await repair();
    return orderId;
  },
  async 'stuck-at-the-charge-and-retried'(stack) {
    const { orderId, repair } = await stuckAtCharge(stack);
    await repair();
    await signal(stack, orderId, 'retry', { by: 'olga', note: 'it is back' });
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    return orderId;
  },
  async 'stuck-at-the-charge-and-cancelled'(stack) {
    const { orderId, repair } = await stuckAtCharge(stack);
    await cancelled(stack, orderId);
    await repair();
    return orderId;
  },
  async 'stuck-at-the-charge-and-confirmed'(stack) {
    const { orderId, repair } = await stuckAtCharge(stack);
    const input = { by: 'olga', transactionId: 'tx-outside' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await repair();
    await ship(stack, orderId);
    return orderId;
  },
  async 'stuck-at-the-refund-and-retried'(stack) {
    const begin = async () => cancelled(stack, await paid(stack));
    const { orderId, repair } = await stuck(stack, refund, 'voidPayment', begin);
    await repair();
    await signal(stack, orderId, 'retry');
    return orderId;
  },
  async 'stuck-at-the-release-and-retried'(stack) {
    const begin = async () => cancelled(stack, await paid(stack));
    const { orderId, repair } = await stuck(stack, release, 'releaseStock', begin);
    await repair();
    await signal(stack, orderId, 'retry');
    return orderId;
  },
  async 'cancelled-while-charging'(stack) {
    const { service, route } = charge;
    const repair = await fault(stack, service, { route, kind: 'latency', latencyMs: 1_000 });
    const { orderId } = await placed(stack);
    await cancelled(stack, orderId);
    await repair();
    return orderId;
  },
  'cancelled-after-it-was-paid': async (stack) => cancelled(stack, await paid(stack)),
  async 'cancelled-in-the-web-ui'(stack) {
    const orderId = await paid(stack);
    await stack.client.workflow.getHandle(`order-${orderId}`).cancel();
    return orderId;
  },
  async 'transfer-confirmed-by-an-operator'(stack) {
    const orderId = await untilPending(stack);
    const input = { by: 'olga', transactionId: 'transfer-17' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await ship(stack, orderId);
    return orderId;
  },
  async 'transfer-received'(stack) {
    const orderId = await untilPending(stack);
    const key = encodeURIComponent(`${orderId}:charge`);
    const url = `${stack.simulators.urls.payments}/admin/payments/${key}/confirm`;
    const headers = { 'Content-Type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).ok).toBe(true);
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    return orderId;
  },
  'transfer-expired': untilPending,
};
