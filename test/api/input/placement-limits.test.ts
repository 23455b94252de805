import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { createApp } from '../../../src/api/app.ts';
import { orderIdFor } from '../../../src/api/orders/order-id.ts';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import { anotherApi } from '../../support/api/app.ts';
import { orderBody, request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { placed, untilStatus } from '../../support/orders/orders.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { fault, repairAll } from '../../support/services/services.ts';
import type { Stack } from '../../support/stack.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

/** An API with these limits, on the same servers. */
function limited(limits: Partial<Stack['deps']['config']>) {
  const app = createApp({ ...stack.deps, config: { ...stack.deps.config, ...limits } });
  return async (sub: string, overrides: Record<string, unknown>, key?: string) => {
    const response = await request({ app }, '/api/orders', {
      ...{ method: 'POST', body: orderBody(overrides), sub },
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
    });
    const body = (await response.json()) as { code?: string; orderId?: string };
    return { ...body, status: response.status, headers: response.headers };
  };
}

const transfer = { paymentMethod: 'bank_transfer' };
const declined = { paymentToken: 'tok_declined' };
const heldBy = async (userId: string) =>
  stack.db.collection('orders').countDocuments({ userId, status: 'CREADO' });

describe('a customer who holds stock by unpaid orders', () => {
  it('may place no more of them, until one is cancelled; repeats and others are served', async () => {
    const place = limited({ UNPAID_ORDERS_PER_USER: 2 });
    const first = await place('luis', transfer, 'first');
    const second = await place('luis', transfer);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await place('luis', transfer)).toMatchObject({
      ...{ status: 429, code: 'too_many_open_orders' },
    });
    expect(await heldBy('luis')).toBe(2);
    expect(await place('luis', transfer, 'first')).toMatchObject({
      ...{ status: 201, orderId: first.orderId },
    });
    expect((await place('carla', transfer)).status).toBe(201);
    const path = `/api/orders/${second.orderId}/cancel`;
    expect((await request(stack, path, { method: 'POST', sub: 'luis' })).status).toBe(200);
    expect((await place('luis', transfer)).status).toBe(201);
  });
});

describe('a repeat of a request whose order is not recorded yet', () => {
  it('is no new order: it is never told that there are too many', async () => {
    const place = limited({ UNPAID_ORDERS_PER_USER: 1 });
    await fault(stack, 'auth', { route: 'GET /api/users/lena', kind: 'errorBefore' });
    await fetch(`${stack.simulators.urls.auth}/admin/users/lena`, {
      ...{ method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{}' },
    });
    const { app } = anotherApi(stack, { deadlineMs: 500 });
    const headers = { 'Idempotency-Key': 'slow' };
    const first = { method: 'POST', body: orderBody(transfer), sub: 'lena', headers };
    expect((await request({ app }, '/api/orders', first)).status).toBe(202);
    // Another order of theirs has used up what they may hold meanwhile.
    await storedOrders(stack.db, 'lena', [{ createdAt: new Date().toISOString() }]);
    expect(await heldBy('lena')).toBe(1);
    expect((await place('lena', transfer, 'new')).code).toBe('too_many_open_orders');
    const repeat = place('lena', transfer, 'slow');
    await repairAll(stack);
    expect((await repeat).status).toBe(201);
  });
});

describe('a customer whose cards are declined one after the other', () => {
  it('has to wait', async () => {
    const place = limited({ DECLINES_PER_USER_AND_HOUR: 2 });
    for (const _attempt of [1, 2]) {
      const { orderId = '' } = await place('ana', declined);
      await untilStatus(stack, orderId, 'CANCELADO');
    }
    const refused = await place('ana', {});
    expect(refused).toMatchObject({ status: 429, code: 'too_many_declines' });
    expect(refused.headers.get('Retry-After')).toBe('3600');
    expect((await place('luis', {})).status).toBe(201);
  });
});

describe('placing orders', () => {
  it('has a budget of its own, and reading goes on', async () => {
    const app = createApp({
      ...stack.deps,
      redis: undefined,
      config: { ...stack.deps.config, RATE_LIMIT_PLACEMENTS_PER_MINUTE: 1 },
    });
    const place = () =>
      request({ app }, '/api/orders', { method: 'POST', body: orderBody(), sub: 'carla' });
    expect((await place()).status).toBe(201);
    const refused = await place();
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limited' }]);
    expect(refused.headers.get('RateLimit-Policy')).toBe('"placements";q=1;w=60');
    expect((await request({ app }, '/api/orders', { sub: 'carla' })).status).toBe(200);
  });
});

describe('more placements than a process takes at once', () => {
  it('are refused at once, before anything is started; the others, reads and cancels go on', async () => {
    const { orderId } = await placed(stack, transfer);
    const route = 'POST /api/inventory/reserve';
    await fault(stack, 'inventory', { route, kind: 'errorBefore' });
    const app = createApp({
      ...stack.deps,
      config: { ...stack.deps.config, PLACEMENTS_IN_FLIGHT: 2 },
    });
    const place = (key: string) =>
      request({ app }, '/api/orders', {
        ...{ method: 'POST', body: orderBody(), sub: 'carla' },
        headers: { 'Idempotency-Key': key, Prefer: 'wait=25' },
      });
    const waiting = [place('one'), place('two')];
    await eventually(async () => {
      const metric = await register.getSingleMetric('orders_placements_in_flight')?.get();
      expect(metric?.values[0]?.value).toBe(2);
    });
    const refused = await place('three');
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '2']);
    const path = `/api/orders/${orderId}`;
    expect((await request({ app }, path)).status).toBe(200);
    const cancelled = await request({ app }, `${path}/cancel`, { method: 'POST' });
    expect(cancelled.status).toBe(200);
    const workflow = stack.client.workflow.getHandle(orderWorkflowId(orderIdFor('carla', 'three')));
    await expect(workflow.describe()).rejects.toThrow(/not found/);
    await repairAll(stack);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([201, 201]);
    expect((await place('three')).status).toBe(201);
  });
});
