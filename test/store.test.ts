import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import * as first from '../migrations/0001-orders.js';
import * as pricingPolicies from '../migrations/0004-pricing-policies.js';
import type { NewOrder, OrderTransition } from '../src/domain/records.ts';
import { connectStore } from '../src/store/connection.ts';
import {
  assertMigrated,
  databaseOf,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../src/store/migrations.ts';
import { OrderQueries } from '../src/store/order-queries.ts';
import { OrderConflict, OrderStore } from '../src/store/order-store.ts';
import { address } from './support/requests.ts';
import { testServers } from './support/servers.ts';

let connection: Connection;
let store: OrderStore;
let queries: OrderQueries;
beforeAll(async () => {
  const uri = testServers().mongodbUri.replace(/\/orders(?=$|\?)/, `/test-${randomUUID()}`);
  connection = await connectStore(uri);
  await migrateUp(databaseOf(connection));
  store = new OrderStore(connection);
  queries = new OrderQueries(connection);
});
afterAll(async () => {
  await connection?.dropDatabase();
  await connection?.close();
});

function newOrder(orderId: string = randomUUID()): NewOrder {
  const line = { productId: 'P-1', productName: 'Mug', productSku: 'MUG', quantity: 2 };
  return {
    orderId,
    userId: 'ana',
    items: [{ productId: 'P-1', quantity: 2 }],
    currency: 'KWD',
    lines: [{ ...line, unitPrice: 1234, discountAmount: 0, totalPrice: 2468 }],
    taxAmount: 0,
    shippingAmount: 0,
    totalAmount: 2468,
    shippingAddress: address,
    billingAddress: address,
    createdAt: '2026-01-02T03:04:05.678Z',
    requestHash: 'hash',
  };
}

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
    const shipTooEarly = { ...paid(order.orderId), to: 'CANCELADO' as const };
    await expect(store.record(shipTooEarly)).rejects.toThrow(OrderConflict);
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

describe('the migrations', () => {
  it('are applied once, taken back, and applied again', async () => {
    const uri = testServers().mongodbUri.replace(/\/orders(?=$|\?)/, `/test-${randomUUID()}`);
    const other = await connectStore(uri);
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
      await other.dropDatabase();
      await other.close();
    }
  });

  it('do not take back a database with orders in it', async () => {
    await store.create(newOrder());
    await expect(first.down(databaseOf(connection).db)).rejects.toThrow(/there are orders/);
  });

  it('let an order name its pricing policies, as text, until that is taken back', async () => {
    const { db } = databaseOf(connection);
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
