import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { orderIdFor } from '../../../src/api/orders/order-id.ts';
import { cacheKeys, dropCached } from '../../../src/contract/cache-keys.ts';
import { address, orderBody, request, ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { refuseWrites } from '../mongodb/refuse-writes.ts';
import { signal, untilEventsWait, untilStuck, update } from '../operators/operators.ts';
import { documents, paid, placed, untilStatus } from '../orders/orders.ts';
import type { OwnServers } from '../servers/own-servers.ts';
import { fault, fired } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import type { OrderPath } from './orders.ts';

/** Places an order for someone whom no cache knows, without waiting for the answer. */
async function placing(stack: Stack) {
  const sub = `customer-${randomUUID()}`;
  const key = randomUUID();
  await fetch(`${stack.simulators.urls.auth}/admin/users/${sub}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ active: true }),
  });
  const answer = request(stack, '/api/orders', {
    method: 'POST',
    body: orderBody(),
    sub,
    headers: { 'Idempotency-Key': key },
  });
  return { orderId: orderIdFor(sub, key), answer };
}

/** A MongoDB that does not answer takes its five seconds for each attempt. */
const STUCK_MS = 90_000;

type Repair = () => Promise<unknown>;

/** Places an order that is stuck before it is placed, and answers it when it is repaired and retried. */
async function retriedBeforePlaced(stack: Stack, step: string, repair: Repair): Promise<string> {
  const { orderId, answer } = await placing(stack);
  await untilStuck(stack, orderId, step, STUCK_MS);
  await repair();
  await signal(stack, orderId, 'retry', { by: 'olga' });
  expect((await answer).status).toBe(201);
  await eventually(async () => {
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'PAGADO' } });
  });
  await ship(stack, orderId);
  return orderId;
}

/** The same, but the operator gives it up. */
async function cancelledBeforePlaced(stack: Stack, step: string, repair: Repair): Promise<string> {
  const { orderId, answer } = await placing(stack);
  await untilStuck(stack, orderId, step, STUCK_MS);
  await repair();
  expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
  await answer;
  return orderId;
}

const users = (stack: Stack) =>
  fault(stack, 'auth', { route: 'GET /api/users/{id}', kind: 'errorBefore' });
async function products(stack: Stack, rule: object = { kind: 'errorBefore' }) {
  const { redis } = stack.deps;
  if (redis !== undefined) {
    await eventually(() => dropCached(redis, [cacheKeys.product('P-1001')]));
  }
  return fault(stack, 'products', { route: 'POST /api/products/batch', ...rule });
}
/** Freezes MongoDB while Products takes its time: the order is checked by then. */
async function mongodb(stack: Stack, own: OwnServers): Promise<Repair> {
  const repair = await products(stack, { kind: 'latency', latencyMs: 700 });
  eventually(async () => expect(await fired(stack, 'products')).toBe(1)).then(
    () => own.freeze('mongodb'),
    () => undefined,
  );
  return async () => {
    own.thaw('mongodb');
    await repair();
  };
}
const charges = (stack: Stack) =>
  fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorAfter' });

/** An order that is charged so slowly that something can break meanwhile. */
async function charging(stack: Stack): Promise<string> {
  const rule = { route: 'POST /api/payments', kind: 'latency', latencyMs: 1_000 };
  const repair = await fault(stack, 'payments', rule);
  const { orderId } = await placed(stack);
  await repair();
  return orderId;
}

/** An order that is stuck at each step that fails here, and every way out of it. */
export function stuckOrderPaths(own: () => OwnServers): Record<string, OrderPath> {
  return {
    'stuck-at-the-user-and-retried': async (stack) =>
      retriedBeforePlaced(stack, 'checkOrder', await users(stack)),
    'stuck-at-the-user-and-cancelled': async (stack) =>
      cancelledBeforePlaced(stack, 'checkOrder', await users(stack)),
    'stuck-at-the-products-and-retried': async (stack) =>
      retriedBeforePlaced(stack, 'checkOrder', await products(stack)),
    'stuck-at-the-products-and-cancelled': async (stack) =>
      cancelledBeforePlaced(stack, 'checkOrder', await products(stack)),
    'stuck-at-the-record-and-retried': async (stack) =>
      retriedBeforePlaced(stack, 'placeOrder', await mongodb(stack, own())),
    'stuck-at-the-record-and-cancelled': async (stack) =>
      cancelledBeforePlaced(stack, 'placeOrder', await mongodb(stack, own())),
    async 'stuck-at-the-new-status-and-retried'(stack) {
      const orderId = await charging(stack);
      const repair = await refuseWrites(stack, 'orderstatushistory');
      await untilStuck(stack, orderId, 'recordTransition');
      await repair();
      await signal(stack, orderId, 'retry');
      await untilStatus(stack, orderId, 'PAGADO');
      await ship(stack, orderId);
      return orderId;
    },
    async 'stuck-at-the-new-status-and-cancelled'(stack) {
      const orderId = await charging(stack);
      const repair = await refuseWrites(stack, 'orderstatushistory');
      await untilStuck(stack, orderId, 'recordTransition');
      await signal(stack, orderId, 'cancelOrder');
      await repair();
      await signal(stack, orderId, 'retry');
      return orderId;
    },
    async 'stuck-at-the-payment-row-and-retried'(stack) {
      const repair = await refuseWrites(stack, 'payments');
      const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
      await untilStuck(stack, orderId, 'recordPayment');
      await repair();
      await signal(stack, orderId, 'retry');
      const input = { by: 'olga', transactionId: 'transfer-17' };
      await eventually(async () => {
        expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
      });
      await untilStatus(stack, orderId, 'PAGADO');
      await ship(stack, orderId);
      return orderId;
    },
    async 'stuck-at-the-note-and-retried'(stack) {
      const repairCharges = await charges(stack);
      const { orderId } = await placed(stack);
      await untilStuck(stack, orderId, 'chargePayment');
      const repair = await refuseWrites(stack, 'orderstatushistory');
      await repairCharges();
      await signal(stack, orderId, 'retry');
      await untilStuck(stack, orderId, 'recordNote');
      await repair();
      await signal(stack, orderId, 'retry');
      await untilStatus(stack, orderId, 'PAGADO');
      await ship(stack, orderId);
      return orderId;
    },
    async 'stuck-at-the-address-and-retried'(stack) {
      const orderId = await paid(stack);
      const repair = await refuseWrites(stack, 'orderstatushistory');
      const shippingAddress = { ...address, street: 'Calle Menor 2' };
      await signal(stack, orderId, 'changeAddress', { by: 'olga', shippingAddress });
      await untilStuck(stack, orderId, 'recordAddress');
      await repair();
      await signal(stack, orderId, 'retry', { by: 'olga' });
      await ship(stack, orderId);
      return orderId;
    },
    async 'stuck-at-the-events-and-retried'(stack) {
      own().freeze('rabbitmq');
      const orderId = await paid(stack);
      await untilEventsWait(stack, orderId);
      own().thaw('rabbitmq');
      await signal(stack, orderId, 'retry');
      await ship(stack, orderId);
      return orderId;
    },
    async 'stuck-at-the-events-and-shipped'(stack) {
      own().freeze('rabbitmq');
      const orderId = await paid(stack);
      await untilEventsWait(stack, orderId);
      await ship(stack, orderId);
      own().thaw('rabbitmq');
      await signal(stack, orderId, 'retry');
      return orderId;
    },
    async 'stuck-at-the-events-and-cancelled'(stack) {
      own().freeze('rabbitmq');
      const orderId = await paid(stack);
      await untilEventsWait(stack, orderId);
      await signal(stack, orderId, 'cancelOrder');
      own().thaw('rabbitmq');
      return orderId;
    },
  };
}
