import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { startImported } from '../support/legacy/imported-orders.ts';
import { seen, signal, untilStuck, update } from '../support/operators/operators.ts';
import { documents, outcome } from '../support/orders/orders.ts';
import { ledger } from '../support/services/services.ts';
import type { Stack } from '../support/stack.ts';

const COUNT = 120;

let imported: Awaited<ReturnType<typeof startImported>>;
let stack: Stack;
beforeAll(async () => {
  imported = await startImported(COUNT);
  ({ stack } = imported);
  await run('publish');
}, 120_000);
afterAll(async () => {
  await imported?.stack.stop();
}, 60_000);

const run = (...args: string[]) => imported.run(...args);
const anOrder = (filter: Record<string, unknown>) => imported.anOrder(filter);

async function started(filter: Record<string, unknown>) {
  const order = await anOrder(filter);
  expect(await run('start', order.orderId)).toEqual(['1 started, 0 had a workflow, 0 left']);
  return order;
}

describe('an order that was imported', () => {
  it.each(['wait=1', 'respond-async'])(
    'is named, and no other is placed, when its key is used again with Prefer: %s',
    async (Prefer) => {
      const orders = stack.db.collection('orders');
      const old = await orders.findOne({ idempotencyKey: { $exists: true } });
      const [sub, key] = [`${old?.userId}`, `${old?.idempotencyKey}`];
      const answer = await request(stack, '/api/orders', {
        ...{ method: 'POST', sub, body: orderBody() },
        headers: { 'Idempotency-Key': key, Prefer },
      });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({
        code: 'idempotency_key_reused',
        detail: expect.stringContaining('took over'),
        orderId: old?.uuid,
      });
      expect(await orders.countDocuments({ userId: sub, idempotencyKey: key })).toBe(1);
      const workflow = stack.client.workflow.getHandle(orderWorkflowId(orderIdFor(sub, key)));
      await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
    },
  );

  it('is read by the API like any other', async () => {
    for await (const order of stack.db.collection('orders').find().limit(50)) {
      const answer = await request(stack, `/api/orders/${order.uuid}`, { sub: order.userId });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        status: order.status,
        version: order.version,
        total: { amount: `${order.totalAmount}`, currency: order.currency },
      });
    }
  });

  it('that is open and has no workflow is listed', async () => {
    const lines = await run('list');
    const open = await stack.db
      .collection('orders')
      .countDocuments({ status: { $in: ['CREADO', 'PAGADO'] } });
    expect(lines.at(-1)).toBe(`${open} open orders without a workflow`);
    expect(lines).toHaveLength(open + 1);
  }, 60_000);

  it('that is paid waits for shipping, once it has a workflow', async () => {
    const { orderId } = await started({ status: 'PAGADO' });
    expect(await run('start', orderId)).toEqual(['0 started, 1 had a workflow, 0 left']);
    expect((await ship(stack, orderId)).status).toBe(200);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    const { order, history, payments } = await documents(stack, orderId);
    expect(order).toMatchObject({ status: 'ENVIADO', version: 3 });
    expect(history.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(payments).toMatchObject([{ paymentStatus: 'completed' }]);
    await eventually(async () => {
      const ids = (await stack.events.of(orderId)).map(({ id }) => id);
      expect(ids.at(-1)).toBe(`${orderId}:3:order.status_changed`);
    });
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
  });

  it('that is paid and then cancelled waits for a person to refund it', async () => {
    const { orderId } = await started({ status: 'PAGADO' });
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga', reason: 'no use' })).toBe(
      'done',
    );
    const stuck = await untilStuck(stack, orderId, 'voidPayment');
    expect(stuck.details).toMatch(/Refund this order by hand.*tx-\d+/s);
    const before = await documents(stack, orderId);
    expect(before).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'refund_pending' }],
    });
    await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId: 'refund-9' });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    const { payments, history } = await documents(stack, orderId);
    expect(payments).toMatchObject([
      { paymentStatus: 'refunded', transactionId: before.payments[0]?.transactionId },
    ]);
    expect(history.at(-1)).toMatchObject({
      createdBy: 'olga',
      comment: 'refund refund-9 confirmed',
    });
    // Payments is never asked: it does not know this order, and would answer that all is well.
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
  });

  it('that is not paid is never charged: it asks a person, who confirms', async () => {
    const { orderId } = await started({ status: 'CREADO' });
    const stuck = await untilStuck(stack, orderId, 'chargePayment');
    expect(stuck.details).toMatch(/Was this order paid\?/);
    expect(stuck.details).not.toMatch(/tries again by itself/);
    await signal(stack, orderId, 'retry');
    const input = { by: 'olga', transactionId: 'tx-old', note: 'seen at the provider' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await eventually(async () =>
      expect((await seen(stack, orderId)).attributes).toMatchObject({ NeedsAttention: [false] }),
    );
    expect((await ship(stack, orderId)).status).toBe(200);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    const { order, history, payments } = await documents(stack, orderId);
    expect(order?.version).toBe(history.length);
    expect(payments).toMatchObject([{ paymentStatus: 'completed', transactionId: 'tx-old' }]);
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
  });

  it('that is not paid and cancelled is closed once a person has looked for its money', async () => {
    const { orderId } = await started({ status: 'CREADO' });
    await untilStuck(stack, orderId, 'chargePayment');
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
    await untilStuck(stack, orderId, 'voidPayment');
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'unknown' },
    ]);
    await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId: 'none' });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    const { order, payments } = await documents(stack, orderId);
    expect(order).toMatchObject({ status: 'CANCELADO', cancellation: { by: 'olga' } });
    expect(payments).toMatchObject([{ paymentStatus: 'failed' }]);
  });

  it('that was paid twice is left to a person', async () => {
    const { orderId } = await anOrder({ status: 'PAGADO' });
    const payments = stack.db.collection('payments');
    const first = await payments.findOne({ orderId });
    const { _id, ...second } = { ...first, idempotencyKey: randomUUID() };
    await payments.insertOne(second);
    expect(await run('start', orderId)).toEqual([
      `${orderId} was left: it has 2 completed payments`,
      '0 started, 0 had a workflow, 1 left',
    ]);
    expect((await run('list')).find((line) => line.startsWith(orderId))).toMatch(/cannot be/);
  }, 60_000);
});

describe('the command of the import', () => {
  it('says what it can do', async () => {
    await expect(run('conquer')).rejects.toThrow(/Usage: npm run import/);
    await expect(run('start')).rejects.toThrow(/Usage: npm run import/);
  });
});
