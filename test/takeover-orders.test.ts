import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { orderIdFor } from '../src/api/order-id.ts';
import { loadTakeoverConfig } from '../src/config.ts';
import { orderWorkflowId } from '../src/contract.ts';
import { createLogger } from '../src/log.ts';
import { migrate } from '../src/migrate.ts';
import { createRabbitPublisher, type EventPublisher } from '../src/services/events.ts';
import { connectStore } from '../src/store/connection.ts';
import { Outbox } from '../src/store/outbox.ts';
import { TakenOverOrders } from '../src/store/taken-over-orders.ts';
import { publishOutbox } from '../src/takeover/publish.ts';
import { takeover } from '../src/takeover.ts';
import { eventually } from './support/eventually.ts';
import { legacyData, plant } from './support/legacy-orders.ts';
import { seen, signal, untilParked, update } from './support/operators.ts';
import { documents, outcome } from './support/orders.ts';
import { orderBody, request, ship } from './support/requests.ts';
import { ledger } from './support/services.ts';
import { type Stack, startStack } from './support/stack.ts';

const COUNT = 300;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  // The stack's database is this service's own: it becomes another one's.
  await stack.db.dropDatabase();
  await plant(uri(), legacyData(COUNT));
  await migrate(uri(), 'up');
}, 120_000);
afterAll(async () => {
  await stack?.stop();
}, 60_000);

const uri = () => stack.workerEnv.MONGODB_URI;

async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const config = loadTakeoverConfig({ ...stack.workerEnv, PATIENT_MS: '500' });
  await takeover(config, args, (line) => lines.push(line));
  return lines;
}

const anOrder = async (filter: Record<string, unknown>) => {
  const found = await stack.db.collection('orders').findOne(filter);
  return { orderId: `${found?.uuid}`, userId: `${found?.userId}` };
};

async function adopted(filter: Record<string, unknown>) {
  const order = await anOrder(filter);
  expect(await run('adopt', order.orderId)).toEqual(['1 adopted, 0 had a workflow, 0 left']);
  return order;
}

describe('the outbox of the service before', () => {
  it('holds up the adoption of orders: their events would be out of order', async () => {
    await expect(run('adopt', '--all')).rejects.toThrow(/are not published yet/);
  });

  it('is published once, with stable ids, also when it is interrupted', async () => {
    const outbox = stack.db.collection('outboxes');
    const unsent = await outbox.countDocuments({ processed: false });
    expect(unsent).toBeGreaterThan(120);
    const interrupted = await publishAndFail(40);
    // What the broker has confirmed is marked, also when another event was not.
    expect(await outbox.countDocuments({ eventId: { $exists: true } })).toBe(interrupted.length);
    await run('publish');
    expect(await outbox.countDocuments({ processed: false })).toBe(0);
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 0 rows cannot be read',
    ]);

    const rows = await outbox.find({ eventId: { $exists: true } }).toArray();
    expect(new Set(rows.map(({ eventId }) => eventId)).size).toBe(unsent);
    const orders = stack.db.collection('orders').find({ uuid: { $in: rows.map(idOf) } });
    for (const { uuid } of await orders.toArray()) {
      const { history } = await documents(stack, uuid);
      const expected = history.flatMap(({ status, version }) => [
        ...(status === 'CREADO' ? [`${uuid}:${version}:order.created`] : []),
        ...(status === 'PAGADO' ? [`${uuid}:${version}:order.paid`] : []),
        ...(status === 'CREADO' ? [] : [`${uuid}:${version}:order.status_changed`]),
      ]);
      await eventually(async () => {
        expect((await stack.events.of(uuid)).map(({ id }) => id)).toEqual(expected);
      });
    }
  }, 120_000);

  it('leaves many at once, and those of one order by version, whatever their rows’ sequence', async () => {
    const outbox = stack.db.collection('outboxes');
    const sent = { processed: true, eventId: { $exists: true } };
    const rows = await outbox.find(sent).sort({ createdAt: 1, _id: 1 }).toArray();
    await outbox.updateMany(sent, { $set: { processed: false }, $unset: { eventId: '' } });
    // The last row of an order was written first, by a clock that was wrong.
    for (const { _id } of rows.filter(({ eventId }) => `${eventId}`.includes(':3:'))) {
      await outbox.updateOne({ _id }, { $set: { createdAt: new Date(0) } });
    }
    const underway = new Set<string>();
    let most = 0;
    const versions = new Map<string, number[]>();
    await publishWith({
      async publish(batch) {
        for (const { data, version } of batch) {
          expect(underway).not.toContain(data.orderId);
          underway.add(data.orderId);
          most = Math.max(most, underway.size);
          await setImmediate();
          versions.set(data.orderId, [...(versions.get(data.orderId) ?? []), version]);
          underway.delete(data.orderId);
        }
      },
    });
    expect([...versions.values()].flat()).toHaveLength(rows.length);
    expect(most).toBe(versions.size);
    for (const seen of versions.values()) expect(seen).toEqual([...seen].sort());
  }, 60_000);

  it('may have rows that make no sense: they are kept, said, and tried again on demand', async () => {
    const rows = stack.db.collection('outboxes');
    const { orderId } = await anOrder({ status: 'ENVIADO' });
    await rows.insertOne({ eventType: 'order.paid', payload: '{broken', processed: false });
    await rows.insertOne({ eventType: 'order.lost', payload: { orderId }, processed: false });
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 2 rows cannot be read',
    ]);
    expect(await run('status')).toContain(
      '2 outbox rows that a person has to look at (takeoverProblem)',
    );
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 0 rows cannot be read',
    ]);
    await rows.updateOne(
      { payload: '{broken' },
      { $set: { eventData: { orderId }, payload: null } },
    );
    expect(await run('publish', '--retry')).toEqual([
      '2 rows are tried again',
      expect.stringMatching(
        /^(1|0) events published, (0|1) were out already, 1 rows cannot be read$/,
      ),
    ]);
    const [still, ...others] = await rows.find({ processed: false }).toArray();
    expect(others).toEqual([]);
    expect(still).toMatchObject({
      eventType: 'order.lost',
      takeoverProblem: expect.stringContaining('order.lost'),
    });
  });

  it('is told of by the status, with what was imported from where', async () => {
    const lines = await run('status');
    expect(lines[0]).toMatch(/^collection +found +taken +left$/);
    expect(lines).toContainEqual(expect.stringMatching(/^orders +300 +300 +0$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^orderstatushistories +\d+ +\d+ +0 .*becomes orderstatushistory/),
    );
  });
});

const idOf = ({ eventId }: Record<string, unknown>) => `${eventId}`.slice(0, 36);

/** Publishes until the broker is gone, and answers the ids of what it has confirmed. */
async function publishAndFail(after: number): Promise<string[]> {
  const url = stack.workerEnv.RABBITMQ_URL;
  if (url === undefined) throw new Error('this test needs RabbitMQ');
  const publisher = createRabbitPublisher(url, createLogger('test', 'silent'));
  const sent: string[] = [];
  let asked = 0;
  const publishing = publishWith({
    async publish(batch) {
      if (++asked > after) throw new Error('the broker is gone');
      await publisher.publish(batch);
      sent.push(...batch.map(({ id }) => id));
    },
  });
  try {
    await expect(publishing).rejects.toThrow('the broker is gone');
    return sent;
  } finally {
    await publisher.close();
  }
}

async function publishWith({ publish }: Pick<EventPublisher, 'publish'>): Promise<void> {
  const connection = await connectStore(uri());
  const events: EventPublisher = { publish, ready: async () => {}, close: async () => {} };
  const outbox = new Outbox(connection, 'outboxes');
  try {
    await publishOutbox({ outbox, orders: new TakenOverOrders(connection), events });
  } finally {
    await connection.close();
  }
}

describe('an order that was taken over', () => {
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

  it('that is paid waits for shipping, once it is adopted', async () => {
    const { orderId } = await adopted({ status: 'PAGADO' });
    expect(await run('adopt', orderId)).toEqual(['0 adopted, 1 had a workflow, 0 left']);
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
    const { orderId } = await adopted({ status: 'PAGADO' });
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga', reason: 'no use' })).toBe(
      'done',
    );
    const parked = await untilParked(stack, orderId, 'voidPayment');
    expect(parked.details).toMatch(/Refund this order by hand.*tx-\d+/s);
    const before = await documents(stack, orderId);
    expect(before).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'refund_pending' }],
    });
    await signal(stack, orderId, 'confirmPayment', { by: 'olga', transactionId: 'refund-9' });
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
    const { orderId } = await adopted({ status: 'CREADO' });
    const parked = await untilParked(stack, orderId, 'chargePayment');
    expect(parked.details).toMatch(/Was this order paid\?/);
    expect(parked.details).not.toMatch(/tries again by itself/);
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
    const { orderId } = await adopted({ status: 'CREADO' });
    await untilParked(stack, orderId, 'chargePayment');
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
    await untilParked(stack, orderId, 'voidPayment');
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'unknown' },
    ]);
    await signal(stack, orderId, 'confirmPayment', { by: 'olga', transactionId: 'none' });
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
    expect(await run('adopt', orderId)).toEqual([
      `${orderId} was left: it has 2 completed payments`,
      '0 adopted, 0 had a workflow, 1 left',
    ]);
    expect((await run('list')).find((line) => line.startsWith(orderId))).toMatch(/cannot be/);
  }, 60_000);
});

describe('the command of the takeover', () => {
  it('says what it can do', async () => {
    await expect(run('conquer')).rejects.toThrow(/Usage: npm run takeover/);
    await expect(run('adopt')).rejects.toThrow(/Usage: npm run takeover/);
  });
});
