import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as first from '../../migrations/0001-orders.js';
import * as pricingPolicies from '../../migrations/0004-pricing-policies.js';
import { connectStore } from '../../src/store/connection.ts';
import {
  assertMigrated,
  databaseOf,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../../src/store/migrations.ts';
import { OrderStore } from '../../src/store/order-store.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';
import { newOrder } from '../support/orders/new-order.ts';

let database: TestDatabase;
let store: OrderStore;
beforeAll(async () => {
  database = await openDatabase();
  await migrateUp(database);
  store = new OrderStore(database.connection);
});
afterAll(() => database?.drop());

describe('the migrations', () => {
  it('are applied once, taken back, and applied again', async () => {
    const empty = await openDatabase();
    // One command after the other: migrate-mongo does not wait for the index of its lock.
    const other = await connectStore(empty.uri, { maxPoolSize: 1 });
    try {
      const database = databaseOf(other);
      await expect(assertMigrated(database)).rejects.toThrow(/npm run migrate/);
      const applied = await migrateUp(database);
      expect(applied).toEqual((await migrationStatus(database)).map((row) => row.fileName));
      expect(await migrateUp(database)).toEqual([]);
      await assertMigrated(database);
      for (const _ of applied) await migrateDown(database);
      const left = await database.db.listCollections({ name: /^order|^payments/ }).toArray();
      expect(left).toEqual([]);
      expect(await migrateUp(database)).toEqual(applied);
    } finally {
      await other.close();
      await empty.drop();
    }
  });

  it('do not take back a database with orders in it', async () => {
    await store.create(newOrder());
    await expect(first.down(database.db)).rejects.toThrow(/there are orders/);
  });

  it('let an order name its pricing policies, as text, until that is taken back', async () => {
    const { db } = database;
    const orders = db.collection('orders');
    const { orderId: uuid } = newOrder();
    await store.create(newOrder(uuid));
    const set = (pricing: object) => orders.updateOne({ uuid }, { $set: { pricing } });
    const rule = async () => {
      const [found] = await db.listCollections({ name: 'orders' }, { nameOnly: false }).toArray();
      return found?.options?.validator as { $jsonSchema: { properties: object } };
    };
    const before = await rule();

    await set({ tax: 'none', shipping: 'none', rounding: 'half-up' });
    await expect(set({ tax: 'none' })).rejects.toThrow(/validation/i);
    await expect(set({ tax: 21, shipping: 'none', rounding: 'half-up' })).rejects.toThrow();
    await pricingPolicies.down(db);
    const { pricing: _, ...others } = before.$jsonSchema.properties as { pricing: object };
    expect((await rule()).$jsonSchema.properties).toEqual(others);
    await set({ tax: 21 });
    await set({ tax: 'none', shipping: 'none', rounding: 'half-up' });
    await pricingPolicies.up(db);
    expect(await rule()).toEqual(before);
  });

  it('give each collection its indexes and its validator', async () => {
    const { connection } = database;
    const keys = async (name: string) =>
      (await connection.collection(name).indexes()).map(({ key }) => Object.keys(key).join(' '));
    expect(await keys('orders')).toEqual(
      expect.arrayContaining([
        'uuid',
        'orderNumber',
        'createdAt uuid',
        'userId createdAt uuid',
        'status createdAt uuid',
        'userId status createdAt uuid',
      ]),
    );
    expect(await keys('orderstatushistory')).toContain('orderId version');
    await expect(
      connection.collection('orders').insertOne({ uuid: 'nonsense', totalAmount: 1.5 }),
    ).rejects.toThrow(/validation/i);
  });
});
