import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/commands/migrate.ts';
import { loadMigrationConfig } from '../../src/config/config.ts';
import { allDown } from '../support/legacy/all-down.ts';
import { dump, type LegacyData, legacyData, plant } from '../support/legacy/legacy-orders.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await openDatabase();
});
afterEach(async () => {
  await database.drop();
});

const all = (name: string) => database.db.collection(name).find().sort({ _id: 1 }).toArray();

/** A legacy database, with documents that got there past its models. */
async function planted(change: (data: LegacyData) => void = () => {}, count = 22) {
  const data = legacyData(count, { older: true });
  change(data);
  await plant(database.uri, data, { older: true });
  return data;
}

/** Imports with such settings in the environment. */
function up(env: Record<string, string> = {}) {
  const { MONGODB_URI, legacy } = loadMigrationConfig({ MONGODB_URI: database.uri, ...env });
  return migrate(MONGODB_URI, 'up', legacy);
}

async function refusal(env: Record<string, string> = {}): Promise<string> {
  const before = await dump(database);
  const message = await up(env).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );
  expect(await dump(database)).toEqual(before);
  expect(message).toContain('nothing was changed');
  return message;
}

const first = (part: keyof LegacyData, change: Record<string, unknown>) => (data: LegacyData) =>
  void Object.assign(data[part][0] as object, change);

describe('an order that cannot be imported without guessing', () => {
  it.each<[string, (data: LegacyData) => void, RegExp]>([
    [
      'an amount between two cents',
      first('orders', { totalAmount: 10.005, currency: 'EUR' }),
      /10\.005, and EUR has 2/,
    ],
    ['a fraction of a yen', first('orders', { totalAmount: 10.5, currency: 'JPY' }), /0 decimals/],
    ['an amount in a text', first('orders', { totalAmount: '10.00' }), /totalAmount is not a num/],
    ['an amount that is no number', first('orders', { totalAmount: Number.NaN }), /not a number/],
    ['an amount that is too large', first('orders', { totalAmount: 1e15 }), /too large/],
    ['a negative total', first('orders', { totalAmount: -5 }), /totalAmount is negative: -5/],
    ['a negative tax', first('orders', { taxAmount: -0.5 }), /taxAmount is negative/],
    ['a negative price', first('items', { unitPrice: -2 }), /unitPrice is negative/],
    ['a negative payment', first('payments', { amount: -3 }), /amount of the payment is negative/],
    ['a currency that does not exist', first('orders', { currency: 'EURO' }), /EURO is unknown/],
    ['a status that does not exist', first('orders', { status: 'cancelled' }), /"cancelled", not/],
    ['no user', first('orders', { userId: null }), /userId is missing/],
    ['an id that is none', first('orders', { uuid: 'order-1' }), /"order-1" is none/],
    ['half a piece', first('items', { quantity: 0.5 }), /quantity is 0\.5/],
    [
      'a number twice',
      first('orders', { orderNumber: '2024-2' }),
      /2 orders have the orderNumber 2024-2/,
    ],
    [
      'an id twice, once in capitals',
      ({ orders }) => {
        const uuid = randomUUID();
        Object.assign(orders[0] as object, { uuid });
        Object.assign(orders[3] as object, { uuid: uuid.toUpperCase() });
      },
      /2 orders have the uuid/,
    ],
  ])('stops the import with its reason: %s', async (_what, change, reason) => {
    await planted(change);
    expect(await refusal()).toMatch(reason);
  });

  it('stays behind with all that belongs to it when that is allowed', async () => {
    const data = await planted((planted) => {
      Object.assign(planted.orders[1] as object, { totalAmount: -5 });
    });
    const [, order] = data.orders;
    const parts = (name: 'items' | 'history' | 'payments') =>
      data[name].filter(({ orderId }) => String(orderId) === String(order?._id)).length;
    const { items, history, payments } = {
      items: parts('items'),
      history: parts('history'),
      payments: parts('payments'),
    };
    const setting = `orders:1,orderitems:${items},orderstatushistories:${history},payments:${payments}`;
    expect(await refusal()).toContain(`LEGACY_LEAVE_BEHIND=${setting}\n`.trim());
    await up({ LEGACY_LEAVE_BEHIND: setting });
    expect(await all('orders')).toHaveLength(data.orders.length - 1);
    expect(await all('payments')).toHaveLength(data.payments.length - payments);
    expect(await all('legacy_orders')).toHaveLength(data.orders.length);
    const left = (await all('legacyimport')).filter(({ kind }) => kind === 'left');
    expect(left).toHaveLength(1 + items + history + payments);
    expect(left).toContainEqual(
      expect.objectContaining({
        collection: 'orders',
        id: order?._id,
        reason: 'totalAmount is negative: -5.00',
      }),
    );
  });
});

describe('what belongs to no order', () => {
  const orphaned = first('payments', { orderId: 'nobody' });

  it('stops the import, which counts what it found, took and would leave', async () => {
    const { orders, items, history, payments, outbox } = await planted(orphaned);
    const message = await refusal();
    const counts = (name: string) =>
      new RegExp(`^${name} +(\\d+) +(\\d+) +(\\d+)`, 'm').exec(message)?.slice(1, 4).map(Number);
    expect(counts('orders')).toEqual([orders.length, orders.length, 0]);
    expect(counts('orderitems')).toEqual([items.length, items.length, 0]);
    expect(counts('orderstatushistories')).toEqual([history.length, history.length, 0]);
    expect(counts('payments')).toEqual([payments.length, payments.length - 1, 1]);
    expect(counts('outboxes')).toEqual([outbox.length, outbox.length, 0]);
    expect(message).toMatch(/payments \w{24}: its order nobody does not exist/);
    expect(message).toContain('LEGACY_LEAVE_BEHIND=payments:1');
  });

  it('stays behind when that is allowed, and no more than that', async () => {
    const { payments } = await planted((data) => {
      orphaned(data);
      Object.assign(data.payments[1] as object, { orderId: 'nobody' });
    });
    await refusal({ LEGACY_LEAVE_BEHIND: 'payments:1' });
    await up({ LEGACY_LEAVE_BEHIND: 'payments:2' });
    expect(await all('payments')).toHaveLength(payments.length - 2);
    expect(await all('legacy_payments')).toHaveLength(payments.length);
  });

  it('is also a row of the outbox that does not say whether it was sent', async () => {
    await planted(first('outbox', { processed: null }));
    expect(await refusal()).toContain('LEGACY_LEAVE_BEHIND=outboxes:1');
  });
});

describe('the names of the collections', () => {
  const renamed = {
    LEGACY_ORDERS_COLLECTION: 'pedidos',
    LEGACY_ITEMS_COLLECTION: 'lineas',
    LEGACY_HISTORY_COLLECTION: 'orderstatushistory',
    LEGACY_PAYMENTS_COLLECTION: 'pagos',
    LEGACY_OUTBOX_COLLECTION: 'outbox',
  };

  it('may be others, by configuration, and are given back', async () => {
    const data = await planted();
    const { db } = database;
    await db.renameCollection('orders', 'pedidos');
    await db.renameCollection('orderitems', 'lineas');
    await db.renameCollection('orderstatushistories', 'orderstatushistory');
    await db.renameCollection('payments', 'pagos');
    await db.renameCollection('outboxes', 'outbox');
    const before = await dump(database);
    await up(renamed);
    expect(await all('orders')).toHaveLength(data.orders.length);
    expect(await all('orderitems')).toHaveLength(data.items.length);
    expect(await all('legacy_pedidos')).toHaveLength(data.orders.length);
    await allDown(database.uri);
    expect(await dump(database)).toEqual(before);
  });

  it('stop the import when they are not those that the history has', async () => {
    const { history } = await planted();
    await database.db.renameCollection('orderstatushistories', 'order_events');
    const message = await refusal();
    expect(message).toMatch(
      new RegExp(`^order_events +${history.length} +0 +${history.length}`, 'm'),
    );
    expect(message).toMatch(/name it: .*LEGACY_HISTORY_COLLECTION/);
    expect(await up({ LEGACY_HISTORY_COLLECTION: 'order_events' })).toContain(
      'applied 0000-legacy-import.js',
    );
  });

  it('stop the import when they exist without the orders, or not at all', async () => {
    await planted();
    expect(await refusal({ LEGACY_PAYMENTS_COLLECTION: 'pagos' })).toContain(
      'LEGACY_PAYMENTS_COLLECTION is pagos, and there is no such collection',
    );
    await database.db.renameCollection('orders', 'pedidos');
    expect(await refusal()).toMatch(/^payments +\d+ +0 +\d+ +is not read/m);
  });

  it('of a shared database are none of ours, when that is said', async () => {
    const { orders } = await planted();
    await database.db.collection('users').insertMany([{}, {}]);
    expect(await refusal()).toContain('LEGACY_LEAVE_BEHIND=users:2');
    await up({ LEGACY_LEAVE_BEHIND: 'users' });
    expect(await all('orders')).toHaveLength(orders.length);
    expect(await all('users')).toHaveLength(2);
  });

  it.each([
    ['LEGACY_ORDERS_COLLECTION', 'system.views'],
    ['LEGACY_ORDERS_COLLECTION', 'payments'],
    ['LEGACY_HISTORY_COLLECTION', 'legacy_orders'],
    ['LEGACY_PAYMENTS_COLLECTION', 'migrations'],
    ['LEGACY_OUTBOX_COLLECTION', 'two words'],
    ['LEGACY_LEAVE_BEHIND', 'orders:many'],
    ['LEGACY_LEAVE_BEHIND', 'orders: 1'],
  ])('are checked before anything is read: %s=%s', (name, value) => {
    const env = { MONGODB_URI: database.uri, [name]: value };
    expect(() => loadMigrationConfig(env)).toThrow(new RegExp(`${name}: must`));
  });
});
