import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from 'mongoose';
import type { PaymentStatus } from '../../src/domain/order.ts';
import type { NewOrder, OrderTransition, PaymentRecord } from '../../src/domain/records.ts';
import { migrateUp } from '../../src/store/migrations.ts';
import { OrderQueries } from '../../src/store/order-queries.ts';
import { OrderConflict, OrderStore } from '../../src/store/order-store.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';
import { newOrder } from '../support/orders/new-order.ts';

let database: TestDatabase;
let connection: Connection;
let store: OrderStore;
let queries: OrderQueries;
beforeAll(async () => {
  database = await openDatabase();
  connection = database.connection;
  await migrateUp(database);
  store = new OrderStore(connection);
  queries = new OrderQueries(connection);
});
afterAll(() => database?.drop());

function paid(orderId: string): OrderTransition {
  return {
    orderId,
    from: 'CREADO',
    to: 'PAGADO',
    version: 2,
    at: '2026-01-02T03:04:06.000Z',
    comment: 'payment captured',
    by: 'system',
    payment: {
      idempotencyKey: `${orderId}:charge`,
      paymentMethod: 'paypal',
      paymentStatus: 'completed',
      amount: 2468,
      currency: 'KWD',
      transactionId: 'tx-1',
    },
  };
}

const count = async (name: string, orderId: string) =>
  connection.collection(name).countDocuments({ orderId });

describe('a write to the store', () => {
  it('may be repeated, also at once, and is done once', async () => {
    const order = newOrder();
    await Promise.all([store.create(order), store.create(order), store.create(order)]);
    const first = await queries.find(order.orderId);
    await store.create(order);
    expect(await queries.find(order.orderId)).toEqual(first);
    await Promise.all([store.record(paid(order.orderId)), store.record(paid(order.orderId))]);
    await store.record(paid(order.orderId));
    expect(await queries.find(order.orderId)).toMatchObject({ status: 'PAGADO', version: 2 });
    expect(await count('orderitems', order.orderId)).toBe(1);
    expect(await count('orderstatushistory', order.orderId)).toBe(2);
    expect(await count('payments', order.orderId)).toBe(1);
  });

  it('keeps amounts exact, in major units', async () => {
    const order = newOrder();
    await store.create(order);
    expect(await queries.find(order.orderId)).toMatchObject({
      totalAmount: 2468,
      lines: [{ unitPrice: 1234 }],
    });
    const raw = await connection.collection('orders').findOne({ uuid: order.orderId });
    expect(`${raw?.totalAmount}`).toBe('2.468');
  });

  it('names the policies of a price, and reads orders without them', async () => {
    const pricing = { tax: 'by-country', shipping: 'flat-rate', rounding: 'half-even' };
    const named = { ...newOrder(), pricing };
    const old = newOrder();
    await store.create(named);
    await store.create(old);
    expect(await queries.find(named.orderId)).toMatchObject({ pricing });
    expect(await queries.find(old.orderId)).not.toHaveProperty('pricing');
  });

  it('that does not begin where the order is changes nothing', async () => {
    const order = newOrder();
    await store.create(order);
    await store.record(paid(order.orderId));
    const cancelledTooLate = { ...paid(order.orderId), to: 'CANCELADO' as const };
    await expect(store.record(cancelledTooLate)).rejects.toThrow(OrderConflict);
    await expect(
      store.record({ ...paid(order.orderId), from: 'PAGADO', to: 'ENVIADO', version: 5 }),
    ).rejects.toThrow(OrderConflict);
    expect(await queries.find(order.orderId)).toMatchObject({ status: 'PAGADO', version: 2 });
    expect(await count('orderstatushistory', order.orderId)).toBe(2);
  });

  it('that fails half-way leaves the order as it was, and is repaired when it is repeated', async () => {
    const order = newOrder();
    await store.create(order);
    const transition = paid(order.orderId);
    const payment = { ...transition.payment, idempotencyKey: '', paymentMethod: 'cash' };
    const broken = { ...transition, payment } as unknown as OrderTransition;
    await expect(store.record(broken)).rejects.toThrow(/validation/i);
    expect(await queries.find(order.orderId)).toMatchObject({ status: 'CREADO', version: 1 });
    await store.record(transition);
    expect(await queries.find(order.orderId)).toMatchObject({ status: 'PAGADO', version: 2 });
    expect(await count('orderstatushistory', order.orderId)).toBe(2);
    expect(await count('payments', order.orderId)).toBe(1);
  });
});

describe('an order that is recorded', () => {
  it('is answered as it is stored, whatever a later call would have written', async () => {
    const order = newOrder();
    const first = await store.create(order);
    const dearer = { ...order, totalAmount: 9999, createdAt: '2026-02-02T00:00:00.000Z' };
    expect(await store.create(dearer)).toEqual(first);
    expect(first).toMatchObject({ createdAt: order.createdAt, sold: { totalAmount: 2468 } });
    await store.record(paid(order.orderId));
    expect(await store.load(order.orderId)).toMatchObject({
      status: 'PAGADO',
      version: 2,
      transitions: [{ version: 2, from: 'CREADO', to: 'PAGADO', at: '2026-01-02T03:04:06.000Z' }],
    });
  });

  it('has the lines of its own prices, also where an earlier run left others', async () => {
    const order = newOrder();
    await store.create(order);
    await connection.collection('orders').deleteOne({ uuid: order.orderId });
    const lines = order.lines.map((line) => ({ ...line, unitPrice: 1500, totalPrice: 3000 }));
    await store.create({ ...order, lines, totalAmount: 3000 });
    expect(await queries.find(order.orderId)).toMatchObject({
      totalAmount: 3000,
      lines: [{ unitPrice: 1500, totalPrice: 3000 }],
    });
  });

  it('has all of its lines: one that cannot be stored refuses the whole order', async () => {
    const order = newOrder();
    const nameless = { ...order.lines[0], productId: 'P-2', productName: '' };
    const lines = [...order.lines, nameless] as NewOrder['lines'];
    await expect(store.create({ ...order, lines })).rejects.toMatchObject({ code: 'not_storable' });
    expect(await queries.find(order.orderId)).toBeUndefined();
    expect(await count('orderitems', order.orderId)).toBe(0);
    expect(await count('orderstatushistory', order.orderId)).toBe(0);
  });

  it.each([
    ['a key of BSON', { metadata: { _bsontype: 'x' } }],
    ['a value of another type', { metadata: { gift: 1 } }],
    ['more than a document can hold', { metadata: { note: 'x'.repeat(17 * 1024 * 1024) } }],
  ])('is refused for good for %s, and leaves nothing', async (_what, odd) => {
    const order = { ...newOrder(), ...odd } as unknown as NewOrder;
    await expect(store.create(order)).rejects.toMatchObject({ code: 'not_storable' });
    expect(await count('orderitems', order.orderId)).toBe(0);
    expect(await count('orderstatushistory', order.orderId)).toBe(0);
  });
});

describe('a payment', () => {
  const write = (orderId: string, paymentStatus: PaymentStatus) => {
    const payment = { ...paid(orderId).payment, paymentStatus } as PaymentRecord;
    return store.recordPayment({ orderId, at: '2026-01-02T03:04:07.000Z', payment });
  };
  const statusOf = async (orderId: string) =>
    (await connection.collection('payments').findOne({ orderId }))?.paymentStatus;

  it('keeps its outcome when a late attempt writes what was before', async () => {
    const { orderId } = newOrder();
    for (const status of ['unknown', 'pending', 'completed'] as const) await write(orderId, status);
    for (const late of ['unknown', 'pending', 'failed'] as const) await write(orderId, late);
    expect(await statusOf(orderId)).toBe('completed');
    await write(orderId, 'refund_pending');
    await write(orderId, 'completed');
    expect(await statusOf(orderId)).toBe('refund_pending');
    await write(orderId, 'refunded');
    for (const late of ['refund_pending', 'failed'] as const) await write(orderId, late);
    expect(await statusOf(orderId)).toBe('refunded');
    expect(await count('payments', orderId)).toBe(1);
  });

  it('that is written in any order ends as its last status', async () => {
    const life = ['unknown', 'pending', 'completed', 'refund_pending', 'refunded'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...life, ...life, ...life], { minLength: 1 }),
        async (writes) => {
          const { orderId } = newOrder();
          await Promise.all(writes.map((status) => write(orderId, status)));
          const last = Math.max(...writes.map((status) => life.indexOf(status)));
          expect(await statusOf(orderId)).toBe(life[last]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
