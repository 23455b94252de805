import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { createCodec } from '../../src/payloads/data-converter.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectStore } from '../../src/store/connection.ts';
import { refunded } from '../support/after-sale/refunds.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf } from '../support/operators/operators.ts';
import { documents, outcome } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let logs = '';
beforeAll(async () => {
  const log = createLogger('api', 'info', {
    write: (line) => {
      logs += line;
    },
  });
  stack = await startStack({}, { log, payloadKeys: `now:${randomBytes(32).toString('hex')}` });
});
afterAll(async () => {
  await stack?.stop();
});

const GIFT = 'for my sister Luisa';
const OLGA = { sub: 'olga', role: 'admin' };

async function placedBy(sub: string): Promise<string> {
  const body = orderBody({ metadata: { gift: GIFT } });
  const response = await request(stack, '/api/orders', { method: 'POST', body, sub });
  const { orderId } = (await response.json()) as { orderId: string };
  await eventually(async () => {
    const { order } = await documents(stack, orderId);
    expect(order).toMatchObject({ status: 'PAGADO' });
  });
  return orderId;
}

const erase = (userId: string, who = OLGA) =>
  request(stack, `/api/admin/users/${userId}/personal-data`, { method: 'DELETE', ...who });

/** As soon as Temporal's index has come to the same as MongoDB. */
async function erased(userId: string) {
  return eventually(async () => {
    const response = await erase(userId);
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, unknown>;
  });
}

/** The order's input as the service reads it from Temporal, with no key in memory. */
async function inputInTemporal(orderId: string): Promise<string> {
  const database = await connectStore(stack.workerEnv.MONGODB_URI);
  try {
    const codec = createCodec(loadWorkerConfig(stack.workerEnv), database);
    const { events } = await handleOf(stack, orderId).fetchHistory();
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const [payload] = (await codec?.decode(input)) ?? [];
    return Buffer.from(payload?.data ?? []).toString();
  } finally {
    await database.close();
  }
}

describe('a customer who wants to be forgotten', () => {
  it('is refused while an order is open, and nothing is erased', async () => {
    const orderId = await placedBy('ana');
    const response = await erase('ana');
    const problem = await expectProblem(response, 409, 'orders_open');
    expect(problem).toMatchObject({ openOrders: [orderId] });
    expect((await documents(stack, orderId)).order).toMatchObject({ metadata: { gift: GIFT } });
    expect(await inputInTemporal(orderId)).toContain(GIFT);
  });

  it('is forgotten in MongoDB and in Temporal; amounts, and what was done, stay', async () => {
    const [shipped, cancelled, others] = [
      await placedBy('luis'),
      await placedBy('luis'),
      await placedBy('carla'),
    ];
    await ship(stack, shipped);
    const reason = { reason: 'Luis has moved' };
    await request(stack, `/api/orders/${cancelled}/cancel`, {
      ...{ method: 'POST', body: reason, sub: 'luis' },
    });
    await Promise.all([outcome(stack, shipped), outcome(stack, cancelled)]);
    const refund = { amount: '1.00', reason: 'a gift for Luisa' };
    await refunded(stack, shipped, refund);
    const withdrawal = { method: 'POST', sub: 'luis', body: { reason: 'Luis says' } };
    const path = `/api/orders/${shipped}/withdrawal`;
    const asked = await request(stack, path, withdrawal);
    const { refundId } = (await asked.json()) as { refundId: string };
    await eventually(async () => {
      const problem = await expectProblem(await erase('luis'), 409, 'orders_open');
      expect(problem).toMatchObject({ openOrders: [shipped] });
    });
    const decision = `/api/admin/orders/${shipped}/refunds/${refundId}/reject`;
    await request(stack, decision, { method: 'POST', ...OLGA, body: { reason: 'by Luis' } });
    const before = (await documents(stack, shipped)).order;
    expect(await inputInTemporal(shipped)).toContain(GIFT);

    const done = await erased('luis');
    expect(done).toEqual({
      ...{ userId: 'luis', by: 'olga', erasedAt: expect.any(String) },
      ...{ orders: 2, dataKeys: 2 },
    });
    for (const orderId of [shipped, cancelled]) {
      const found = await documents(stack, orderId);
      const refunds = await stack.db.collection('refunds').find({ orderId }).toArray();
      expect(JSON.stringify([found, refunds])).not.toMatch(/Luis|Calle Mayor|28013/);
      expect(await inputInTemporal(orderId)).toBe('"[erased]"');
    }
    const { order } = await documents(stack, shipped);
    expect(order).toMatchObject({
      totalAmount: before?.totalAmount,
      shippingAddress: { street: '[erased]', country: 'ES' },
    });
    const response = await request(stack, `/api/orders/${cancelled}`, { sub: 'luis' });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'CANCELADO', cancellation: { reason: '[erased]', by: 'luis' } },
    ]);
    const audit = await stack.db.collection('erasures').find({ userId: 'luis' }).toArray();
    expect(audit).toMatchObject([{ by: 'olga', orders: 2, dataKeys: 2 }]);
    expect(logs).toContain('DELETE /api/admin/users/:id/personal-data');
    expect(logs).not.toMatch(/luis/i);

    expect((await documents(stack, others)).order).toMatchObject({ metadata: { gift: GIFT } });
    expect(await inputInTemporal(others)).toContain(GIFT);
    await ship(stack, others);
    expect(await outcome(stack, others)).toEqual({ status: 'ENVIADO' });
    expect(types(await ledger(stack, 'payments', others))).toEqual(['charge']);
  });

  it('is forgotten also where a placement was refused', async () => {
    const body = orderBody({
      items: [{ productId: 'P-0', quantity: 1 }],
      metadata: { gift: GIFT },
    });
    const headers = { Prefer: 'respond-async' };
    const placed = await request(stack, '/api/orders', {
      ...{ method: 'POST', body, headers, sub: 'carla' },
    });
    const { orderId } = (await placed.json()) as { orderId: string };
    const refusals = stack.db.collection<{ _id: string }>('refusals');
    const kept = () => refusals.findOne({ _id: orderId });
    await eventually(async () => expect(await kept()).toMatchObject({ userId: 'carla' }));
    await outcome(stack, orderId);
    expect(await inputInTemporal(orderId)).toContain(GIFT);
    await erased('carla');
    expect(await kept()).toBeNull();
    expect(await inputInTemporal(orderId)).toBe('"[erased]"');
  });

  it('may be forgotten again, and by admins only', async () => {
    expect(await erased('luis')).toMatchObject({ userId: 'luis', orders: 2, dataKeys: 0 });
    await expectProblem(await erase('luis', { sub: 'luis', role: 'user' }), 403, 'forbidden');
    expect(await erased('nobody')).toMatchObject({ orders: 0, dataKeys: 0 });
  });
});
