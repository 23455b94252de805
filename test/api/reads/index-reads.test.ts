import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { OrderJsonCache } from '../../../src/api/orders/order-json-cache.ts';
import { migrate } from '../../../src/commands/migrate.ts';
import { orderNumberOf } from '../../../src/domain/order-number.ts';
import { connectStore } from '../../../src/store/connection.ts';
import { databaseOf, migrateDown } from '../../../src/store/migrations.ts';
import {
  type OrderFilter,
  type OrderHead,
  OrderQueries,
} from '../../../src/store/order-queries.ts';
import { explained } from '../../support/mongodb/explain.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack({}, { worker: false });

describe('every read', () => {
  it.each<[string, OrderFilter]>([
    ['everything', {}],
    ['of a user', { userId: 'busy-3' }],
    ['of a status', { status: 'PAGADO' }],
    ['of a user and a status', { userId: 'busy-3', status: 'PAGADO' }],
    ['of a time', { from: new Date('2026-03-01T00:00:10Z'), to: new Date('2026-03-01T00:00:20Z') }],
  ])('uses an index and looks at no more than it returns: a list %s', async (_name, filter) => {
    const store = await busyStore();
    const first = await store.list(filter, 10);
    const last = first.at(-1);
    for (const after of [undefined, last]) {
      const { queries, result } = await explained(store.connection, () =>
        store.list(filter, 10, after),
      );
      expect(result.length).toBeGreaterThan(0);
      expect(queries.map(({ collection }) => collection)).toEqual(['orders']);
      for (const { stages, examined, returned } of queries) {
        expect(stages).toContain('IXSCAN');
        expect(stages).not.toContain('COLLSCAN');
        expect(examined).toBeLessThanOrEqual(returned + 1);
      }
      expect(queries[0]?.stages).not.toContain('SORT');
    }
  });

  it('uses an index and looks at no more than it returns: by order number, by transaction', async () => {
    const store = await busyStore();
    const [order] = await store.list({}, 1);
    if (order === undefined) throw new Error('there is no order');
    const { orderId } = order;
    const payments = stack.db.collection('payments');
    await payments.insertOne({
      ...{ orderId, idempotencyKey: `${orderId}:charge`, transactionId: 'tx-1', currency: 'EUR' },
      ...{ paymentMethod: 'paypal', paymentStatus: 'completed' },
      ...{
        amount: mongoose.Types.Decimal128.fromString('19.99'),
        createdAt: new Date(),
        updatedAt: new Date(),
      },
    });
    for (const filter of [{ orderNumber: orderNumberOf(orderId) }, { transactionId: 'tx-1' }]) {
      const { queries, result } = await explained(store.connection, () => store.list(filter, 10));
      expect(result.map((found) => found.orderId)).toEqual([orderId]);
      for (const { stages, examined, returned } of queries) {
        expect(stages).toContain('IXSCAN');
        expect(stages).not.toContain('COLLSCAN');
        expect(examined).toBeLessThanOrEqual(returned + 1);
      }
    }
  });

  it('uses an index and looks at no more than it returns: one order, its history, its payments', async () => {
    const store = await busyStore();
    const [order] = await store.list({}, 1);
    if (order === undefined) throw new Error('there is no order');
    const idempotencyKey = 'a-key';
    const orders = stack.db.collection('orders');
    await orders.updateOne({ uuid: order.orderId }, { $set: { idempotencyKey } });
    const { queries } = await explained(store.connection, async () => {
      await store.find(order.orderId);
      await store.findAll([order.orderId]);
      await store.head(order.orderId);
      await store.findByKey(order.userId, idempotencyKey);
      await store.history(order);
      await store.payments(order.orderId);
    });
    expect(queries).toHaveLength(9);
    for (const { stages, examined, returned } of queries) {
      expect(stages).toContain('IXSCAN');
      expect(examined).toBeLessThanOrEqual(returned + 1);
    }
  });

  it('makes each version of an order into text once', async () => {
    const store = await busyStore();
    const texts = new OrderJsonCache(store);
    const heads = await store.list({ userId: 'busy-1' }, 3);
    const [first, second] = heads;
    if (first === undefined || second === undefined) throw new Error('there are no orders');
    const read = async (page: OrderHead[]) => {
      const { result, queries } = await explained(store.connection, () =>
        texts.findAll(page, 'customer'),
      );
      return { orders: result.map(({ text }) => JSON.parse(text)), queries: queries.length };
    };
    const find = () => explained(store.connection, () => texts.find(first.orderId, 'customer'));
    const [once, twice] = [await find(), await find()];
    expect(once.queries.map(({ collection }) => collection)).toContain('orderitems');
    expect(twice.queries.map(({ collection }) => collection)).toEqual(['orders']);
    expect(twice.result).toEqual(once.result);
    const page = await read(heads);
    expect(page.orders.map(({ orderId }) => orderId)).toEqual(heads.map((head) => head.orderId));
    expect((await read(heads)).queries).toBe(0);

    const orders = stack.db.collection('orders');
    await orders.updateOne({ uuid: first.orderId }, { $set: { metadata: { seen: 'no' } } });
    const changed = { metadata: { seen: 'yes' }, version: second.version + 1 };
    await orders.updateOne({ uuid: second.orderId }, { $set: changed });
    const again = await read(await store.list({ userId: 'busy-1' }, 3));
    expect(again.orders[0]).toEqual(page.orders[0]);
    expect(again.orders[1]).toMatchObject({ orderId: second.orderId, ...changed });
    expect(again.orders[2]).toEqual(page.orders[2]);
  });

  let busy: OrderQueries | undefined;
  /** 600 orders of 6 users, ten in each instant. */
  async function busyStore(): Promise<OrderQueries> {
    if (busy !== undefined) return busy;
    const connection = await connectStore(stack.workerEnv.MONGODB_URI, { monitorCommands: true });
    for (let user = 0; user < 6; user++) {
      await storedOrders(
        stack.db,
        `busy-${user}`,
        Array.from({ length: 100 }, (_, index) => ({
          createdAt: new Date(Date.UTC(2026, 2, 1, 0, 0, index % 60)).toISOString(),
          status: index % 2 ? ('PAGADO' as const) : ('CREADO' as const),
        })),
      );
    }
    busy = new OrderQueries(connection);
    return busy;
  }
  afterAll(async () => {
    await busy?.connection.close();
  });
});

describe('the migration of the indexes', () => {
  it('is taken back with all orders in place', async () => {
    const uri = stack.workerEnv.MONGODB_URI.replace(/test-[\w-]+/, `test-${randomUUID()}`);
    await migrate(uri, 'up');
    // One command after the other: migrate-mongo does not wait for the index of its lock.
    const connection = await connectStore(uri, { maxPoolSize: 1 });
    try {
      const database = databaseOf(connection);
      await storedOrders(database.db, 'ana', [{ createdAt: '2026-01-01T00:00:00Z' }]);
      for (let undone = ''; undone !== '0002-listing.js'; ) {
        undone = (await migrateDown(database))[0] ?? 'none';
        expect(undone).not.toBe('none');
      }
      const indexes = await database.db.collection('orders').indexes();
      expect(indexes.map(({ key }) => Object.keys(key).join(' ')).sort()).toEqual(
        [
          '_id',
          'uuid',
          'orderNumber',
          'userId createdAt',
          'status createdAt',
          'updatedAt uuid',
          'userId idempotencyKey',
        ].sort(),
      );
      expect(await database.db.collection('orders').countDocuments()).toBe(1);
    } finally {
      await connection.dropDatabase();
      await connection.close();
    }
  });
});
