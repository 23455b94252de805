import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../src/migrate.ts';
import { connectStore } from '../src/store/connection.ts';
import { databaseOf, migrateDown } from '../src/store/migrations.ts';
import { type OrderFilter, OrderQueries } from '../src/store/order-queries.ts';
import { explained } from './support/explain.ts';
import { type Stack, startStack } from './support/stack.ts';
import { storedOrders } from './support/stored-orders.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
});
afterAll(async () => {
  await stack?.stop();
});

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
      expect(queries.map(({ collection }) => collection)).toEqual(['orders', 'orderitems']);
      for (const { stages, examined, returned } of queries) {
        expect(stages).toContain('IXSCAN');
        expect(stages).not.toContain('COLLSCAN');
        expect(examined).toBeLessThanOrEqual(returned + 1);
      }
      expect(queries[0]?.stages).not.toContain('SORT');
    }
  });

  it('uses an index and looks at no more than it returns: one order, its history, its payments', async () => {
    const store = await busyStore();
    const [order] = await store.list({}, 1);
    if (order === undefined) throw new Error('there is no order');
    const { queries } = await explained(store.connection, async () => {
      await store.find(order.orderId);
      await store.findByKey(order.userId, 'no-such-key');
      await store.history(order);
      await store.payments(order.orderId);
    });
    expect(queries).toHaveLength(5);
    for (const { stages, examined, returned } of queries) {
      expect(stages).toContain('IXSCAN');
      expect(examined).toBeLessThanOrEqual(returned + 1);
    }
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
    const connection = await connectStore(uri);
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
