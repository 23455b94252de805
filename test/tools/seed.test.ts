import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seedOrders } from '../../dev/seed/seed-orders.ts';
import { seededOrder } from '../../dev/seed/seeded-order.ts';
import { ImportedOrders } from '../../src/legacy-import/imported-orders.ts';
import { migrateUp } from '../../src/store/migrations.ts';
import { OrderQueries } from '../../src/store/order-queries.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';
import { examined } from '../support/mongodb/profiler.ts';

const seed = { users: 50, seed: 'test' };
const NAMES = ['orders', 'orderitems', 'orderstatushistory', 'payments'];

let database: TestDatabase;
let store: OrderQueries;
beforeAll(async () => {
  database = await openDatabase();
  await migrateUp(database);
  store = new OrderQueries(database.connection);
  await seedOrders(database.connection, { ...seed, orders: 1_000 });
}, 60_000);
afterAll(async () => {
  await database?.drop();
});

const idOf = (n: number) => `${seededOrder(n, seed).orders[0]?.uuid}`;

describe('seeded orders', () => {
  it('are such as the service writes: the validators take them, and amounts add up', async () => {
    for (const name of NAMES) {
      const { validator } = await database.db.collection(name).options();
      const refused = { $nor: [validator as object] };
      expect([name, await database.db.collection(name).findOne(refused)]).toEqual([name, null]);
    }
    for (let n = 0; n < 100; n++) {
      const order = await store.find(idOf(n));
      expect(order?.lines.reduce((sum, line) => sum + line.totalPrice, 0)).toBe(order?.totalAmount);
    }
    expect(await database.db.collection('orders').distinct('status')).toHaveLength(4);
    expect(await database.db.collection('orders').distinct('userId')).toHaveLength(seed.users);
  });

  it('are the same when they are seeded again', async () => {
    const counts = () =>
      Promise.all(NAMES.map((name) => database.db.collection(name).countDocuments()));
    const before = await counts();
    await seedOrders(database.connection, { ...seed, orders: 1_000 });
    expect(await counts()).toEqual(before);
  });
});

describe('reading an order', () => {
  it('takes the same few index reads, however many there are', async () => {
    const read = () => examined(database.db, () => store.find(idOf(7)));
    const readAll = () =>
      examined(database.db, () => new ImportedOrders(database.connection).find(idOf(7)));
    const [few, fewAll] = [await read(), await readAll()];
    await seedOrders(database.connection, { ...seed, orders: 6_000 });
    expect(await read()).toEqual(few);
    expect(await readAll()).toEqual(fewAll);
    expect(few.documents).toBeLessThanOrEqual(3);
    expect(few.plans).toEqual([expect.stringMatching(/^IXSCAN \{ uuid/)]);
    expect(fewAll.plans.join()).not.toMatch(/COLLSCAN/);
  }, 120_000);

  it('copes with what older versions of the schema wrote', async () => {
    const orderId = idOf(9);
    const expected = await store.find(orderId);
    const orders = database.db.collection('orders');
    // As older code wrote it: without what came later, and with what is gone by now.
    await orders.updateOne(
      { uuid: orderId },
      { $unset: { metadata: '', shipment: '', requestHash: '' }, $set: { legacyField: { a: 1 } } },
    );
    await database.db
      .collection('orderitems')
      .updateMany({ orderId }, { $unset: { discountAmount: '', currency: '', updatedAt: '' } });
    const { shipment, ...rest } = { ...expected };
    expect(await store.find(orderId)).toEqual(rest);
  });
});
