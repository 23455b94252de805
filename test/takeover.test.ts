import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exactAmount } from '../migrations/takeover/values.js';
import { toMajor, toMinor } from '../src/domain/money.ts';
import { canTransition, type OrderStatus } from '../src/domain/order-status.ts';
import { migrate } from '../src/migrate.ts';
import { migrateUp } from '../src/store/migrations.ts';
import { OrderQueries } from '../src/store/order-queries.ts';
import { openDatabase, type TestDatabase } from './support/database.ts';
import { dump, type LegacyData, legacyData, plant } from './support/legacy-orders.ts';

const NAMES = ['orders', 'orderitems', 'orderstatushistory', 'payments', 'outboxes'] as const;
const COUNT = 3_000;

let database: TestDatabase;
beforeEach(async () => {
  database = await openDatabase();
});
afterEach(async () => {
  await database.drop();
});

async function planted(change: (data: LegacyData) => void = () => {}, count = 20) {
  const data = legacyData(count);
  change(data);
  await plant(database, data);
  return data;
}

const all = (name: string) => database.db.collection(name).find().sort({ _id: 1 }).toArray();

/** Takes back every migration, so that the takeover's own way back comes last. */
async function allDown(): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const [line] = await migrate(database.uri, 'down');
    if (line === undefined) return names;
    names.push(line);
  }
}

describe('the takeover of another service’s database', () => {
  it('keeps every order and every amount, and gives what is missing', async () => {
    const data = await planted(() => {}, COUNT);
    await migrate(database.uri, 'up');

    const store = new OrderQueries(database.connection);
    const orders = await all('orders');
    expect(orders).toHaveLength(COUNT);
    for (const [index, order] of orders.entries()) {
      const before = data.orders[index] as Record<string, never> & { totalAmount: number };
      const { currency } = order;
      expect(Math.abs(Number(`${order.totalAmount}`) - before.totalAmount)).toBeLessThan(1e-6);
      // The decimals are those of the currency: what the program reads, it writes.
      const minor = toMinor(`${order.totalAmount}`, currency);
      expect(`${order.totalAmount}`).toBe(toMajor(minor, currency));
      expect(order.orderNumber).toMatch(before.orderNumber ?? /^ORD-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      expect(order).toMatchObject({ status: before.status, createdAt: before.createdAt });
      expect(order).not.toHaveProperty('requestHash');
    }
    for (const order of orders.filter((_order, index) => index % 50 === 0)) {
      const stored = await store.find(order.uuid);
      const sum = stored?.lines.reduce((total, line) => total + line.totalPrice, 0) ?? 0;
      expect(sum + (stored?.taxAmount ?? 0)).toBe(stored?.totalAmount);
    }
  }, 120_000);

  it('gives the history versions without gaps, which end where the order is', async () => {
    await planted(() => {}, 300);
    await migrate(database.uri, 'up');
    for (const order of await all('orders')) {
      const rows = await database.db
        .collection('orderstatushistory')
        .find({ orderId: order.uuid })
        .sort({ version: 1 })
        .toArray();
      expect(rows.map(({ version }) => version)).toEqual(rows.map((_row, index) => index + 1));
      expect(order.version).toBe(rows.length);
      expect([rows[0]?.status, rows.at(-1)?.status]).toEqual(['CREADO', order.status]);
      const steps = rows.map(({ status }) => status as OrderStatus);
      const legal = steps
        .slice(1)
        .every((to, index) => canTransition(steps[index] as OrderStatus, to));
      expect({ steps, legal }).toEqual({ steps, legal: true });
    }
  }, 60_000);

  it('leaves nothing that the validators would refuse', async () => {
    await planted(() => {}, 300);
    await migrate(database.uri, 'up');
    for (const name of NAMES.slice(0, 4)) {
      const options = await database.db.collection(name).options();
      const { $jsonSchema } = options.validator as { $jsonSchema: object };
      const refused = { $nor: [{ $jsonSchema }] };
      expect([name, await database.db.collection(name).findOne(refused)]).toEqual([name, null]);
      expect(await database.db.collection(name).countDocuments()).toBeGreaterThan(100);
    }
  }, 60_000);

  it('is the same when it is done again, or goes on after it was killed', async () => {
    await planted(() => {}, 1_200);
    await migrate(database.uri, 'up');
    const first = await dump(database, NAMES);
    // As a run leaves it that was killed in its second batch, before it told how far it was.
    const [, ...orders] = await all('orders');
    const second = orders.slice(500);
    await database.db
      .collection('orders')
      .deleteMany({ _id: { $in: second.map(({ _id }) => _id) } });
    await database.db.collection('takeover').updateOne({ _id: 'state' } as object, {
      $set: { phase: 'copying' },
      $unset: { after: '' },
    });
    await database.db.collection('migrations').deleteMany({});
    await migrate(database.uri, 'up');
    expect(await dump(database, NAMES)).toEqual(first);

    await allDown();
    await migrate(database.uri, 'up');
    expect(await dump(database, NAMES)).toEqual(first);
  }, 120_000);

  it('is undone to the letter, indexes and all', async () => {
    await planted((data) => {
      data.payments = [];
    }, 300);
    const before = await dump(database, NAMES);
    await migrate(database.uri, 'up');
    expect(await dump(database, NAMES)).not.toEqual(before);
    expect((await allDown()).at(-1)).toBe('took back 0000-takeover.js');
    expect(await dump(database, NAMES)).toEqual(before);
    const left = await database.db.listCollections({ name: /^legacy_|^takeover$/ }).toArray();
    expect(left).toEqual([]);
  }, 60_000);

  it('is not undone once an order has changed', async () => {
    await planted();
    await migrate(database.uri, 'up');
    await database.db
      .collection('orders')
      .updateOne({ status: 'CREADO' }, { $set: { updatedAt: new Date() } });
    await expect(allDown()).rejects.toThrow(/would lose them/);
    expect(await all('orders')).toHaveLength(20);
  });

  it.each<[string, (data: LegacyData) => void, RegExp]>([
    [
      'an amount between two cents',
      set('orders', { totalAmount: 10.005, currency: 'EUR' }),
      /10\.005/,
    ],
    ['a fraction of a yen', set('orders', { totalAmount: 10.5, currency: 'JPY' }), /0 decimals/],
    [
      'an amount that is none',
      set('orders', { totalAmount: 'a lot' }),
      /totalAmount is not a number/,
    ],
    ['a currency that does not exist', set('orders', { currency: 'XXQ' }), /XXQ/],
    ['a status that does not exist', set('orders', { status: 'PERDIDO' }), /PERDIDO/],
    ['no user', set('orders', { userId: null }), /userId is missing/],
    ['half a piece', set('orderitems', { quantity: 0.5 }), /quantity is 0\.5/],
    ['a number twice', (data) => set('orders', { orderNumber: '2024-2' })(data), /2 with .*2024-2/],
  ])('stops at %s, before anything is changed', async (_what, change, reason) => {
    await planted(change);
    const before = await dump(database, NAMES);
    await expect(migrate(database.uri, 'up')).rejects.toThrow(reason);
    expect(await dump(database, NAMES)).toEqual(before);
    await expect(migrate(database.uri, 'up')).rejects.toThrow(/nothing was changed/);
  });

  it('finds the currency of an order that has none, if its parts agree', async () => {
    await planted((data) => {
      const [order] = data.orders;
      const { currency } = order as { currency: string };
      delete order?.currency;
      for (const part of data.orderitems) part.currency = currency;
    }, 1);
    await migrate(database.uri, 'up');
    expect((await all('orders'))[0]?.currency).toMatch(/^[A-Z]{3}$/);
  });

  it('tells what belongs to no order, and leaves it where it was', async () => {
    const data = await planted((planted) => {
      const [payment] = planted.payments;
      if (payment) payment.orderId = 'nobody';
    });
    await migrate(database.uri, 'up');
    expect(await all('takeover')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'orphan', collection: 'payments', orderId: 'nobody' }),
      ]),
    );
    expect(await all('payments')).toHaveLength(data.payments.length - 1);
    expect(await all('legacy_payments')).toHaveLength(data.payments.length);
  });

  it('leaves a database alone that is this service’s own, or empty', async () => {
    await migrateUp(database);
    await database.db.collection('migrations').deleteOne({ fileName: '0000-takeover.js' });
    const before = await dump(database, NAMES);
    expect(await migrateUp(database)).toEqual(['0000-takeover.js']);
    expect(await dump(database, NAMES)).toEqual(before);
    expect(await database.db.listCollections({ name: 'takeover' }).toArray()).toEqual([]);
  });
});

function set(name: 'orders' | 'orderitems', change: Record<string, unknown>) {
  return (data: LegacyData) => void Object.assign(data[name][0] as object, change);
}

describe('an amount that was a plain number', () => {
  it('becomes the exact amount that it stood for, however it was added up', () => {
    const currencies = fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF');
    const minors = fc.array(fc.integer({ min: -99_999, max: 99_999_999 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(currencies, minors, (currency, parts) => {
        const floats = parts.map((minor) => Number(toMajor(minor, currency)));
        const sum = parts.reduce((total, minor) => total + minor, 0);
        const total = floats.reduce((one, other) => one + other, 0);
        expect(exactAmount(total, currency, 'total').toString()).toBe(toMajor(sum, currency));
      }),
    );
  });

  it('is never moved by half a millionth or more', () => {
    const amounts = fc.tuple(
      fc.integer({ min: 0, max: 99_999_999 }),
      fc.double({ min: 6e-7, max: 5e-3, noNaN: true }),
    );
    fc.assert(
      fc.property(amounts, ([minor, beside]) => {
        expect(() => exactAmount(minor / 100 + beside - 1e-9, 'EUR', 'total')).toThrow(/decimals/);
      }),
    );
  });
});
