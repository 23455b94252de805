import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal, exactMinor } from '../../migrations/legacy-import/values.js';
import { migrate } from '../../src/commands/migrate.ts';
import { canTransition, type OrderStatus } from '../../src/domain/order-status.ts';
import { toMajor, toMinor } from '../../src/domain/pricing/money.ts';
import { migrateUp } from '../../src/store/migrations.ts';
import { OrderQueries } from '../../src/store/order-queries.ts';
import { allDown } from '../support/legacy/all-down.ts';
import { dump, type LegacyData, legacyData, plant } from '../support/legacy/legacy-orders.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';

const OWN = ['orders', 'orderitems', 'orderstatushistory', 'payments'];

let database: TestDatabase;
beforeEach(async () => {
  database = await openDatabase();
});
afterEach(async () => {
  await database.drop();
});

interface Planted {
  change?: (data: LegacyData) => void;
  count?: number;
  older?: boolean;
}

/** A legacy database, as its service's models write it. */
async function planted({ change, count = 20, older = false }: Planted = {}) {
  const data = legacyData(count, { older });
  change?.(data);
  await plant(database.uri, data, { older });
  return data;
}

const up = () => migrate(database.uri, 'up');
const all = (name: string) => database.db.collection(name).find().sort({ _id: 1 }).toArray();

describe.each([
  { what: 'that mongoose models wrote', older: false },
  { what: 'that is older than its models', older: true },
])('the import of a legacy database $what', ({ older }) => {
  it('keeps every order and every amount, and gives what is missing', async () => {
    const data = await planted({ count: 3_000, older });
    await up();
    const store = new OrderQueries(database.connection);
    const orders = await all('orders');
    expect(orders).toHaveLength(3_000);
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

  it('keeps every row of the history, with versions without gaps', async () => {
    const data = await planted({ count: 300, older });
    await up();
    const rows = new Map((await all('orderstatushistory')).map((row) => [`${row._id}`, row]));
    for (const { _id, status, comment, createdAt, createdBy = 'unknown' } of data.history) {
      expect(rows.get(`${_id}`)).toMatchObject({ status, comment, createdAt, createdBy });
    }
    for (const order of await all('orders')) {
      const history = await database.db
        .collection('orderstatushistory')
        .find({ orderId: order.uuid })
        .sort({ version: 1 })
        .toArray();
      expect(history.map(({ version }) => version)).toEqual(
        history.map((_row, index) => index + 1),
      );
      expect(order.version).toBe(history.length);
      const steps = history.map(({ status }) => status as OrderStatus);
      expect([steps[0], steps.at(-1)]).toEqual(['CREADO', order.status]);
      const legal = steps
        .slice(1)
        .every((to, index) => canTransition(steps[index] as OrderStatus, to));
      expect({ steps, legal }).toEqual({ steps, legal: true });
    }
    // One order in eleven had no history at all.
    const reconstructed = [...rows.values()].filter(({ comment }) => /^reconst/.test(comment));
    const without = (await all('orders')).filter((_order, index) => index % 11 === 0);
    const missing = without.reduce((sum, { version }) => sum + version, 0);
    expect(reconstructed).toHaveLength(missing);
  }, 60_000);

  it('leaves nothing that the validators would refuse', async () => {
    await planted({ count: 300, older });
    await up();
    for (const name of OWN) {
      const { validator } = await database.db.collection(name).options();
      const refused = { $nor: [{ $jsonSchema: validator?.$jsonSchema as object }] };
      expect([name, await database.db.collection(name).findOne(refused)]).toEqual([name, null]);
      expect(await database.db.collection(name).countDocuments()).toBeGreaterThan(100);
    }
  }, 60_000);

  it('is undone to the letter, indexes and all, and can be done again', async () => {
    const data = await planted({ count: 300, older });
    const before = await dump(database);
    expect(Object.keys(before).sort()).toEqual(
      expect.arrayContaining(['orderstatushistories', 'outboxes']),
    );
    await up();
    const imported = await dump(database);
    expect(imported).toMatchObject({ legacy_orders: before.orders });
    // As an older version of this service left rows behind, for ever.
    await database.db
      .collection('outboxes')
      .updateMany({ processed: false }, { $set: { importProblem: 'tells no order' } });
    expect((await allDown(database.uri)).at(-1)).toBe('took back 0000-legacy-import.js');
    expect(await dump(database)).toEqual(before);
    await up();
    expect(await all('orderstatushistory')).toHaveLength(
      imported.orderstatushistory?.documents.length ?? 0,
    );
    expect(await all('orders')).toHaveLength(data.orders.length);
    expect(await dump(database)).toMatchObject({ orders: imported.orders });
  }, 60_000);
});

describe('the import of a legacy database', () => {
  it('goes on after it was killed, wherever that was', async () => {
    await planted({ count: 1_200 });
    await up();
    const done = await dump(database);
    const without = ({ legacyimport: _, ...others }: typeof done) => others;
    // While the originals were renamed: one of them, and none of what was written, is in its place.
    const { db } = database;
    for (const name of OWN) await db.renameCollection(name, `import_${name}`);
    await db.renameCollection('legacy_payments', 'payments');
    await db.collection('legacyimport').updateOne({ kind: 'state' }, { $set: { phase: 'moving' } });
    await db.collection('migrations').deleteMany({});
    await up();
    expect(without(await dump(database))).toEqual(without(done));
    // While the orders were written.
    await allDown(database.uri);
    await db.collection('import_orders').insertOne({ uuid: 'half' });
    await db.collection('payments').createIndex({ orderId: 1 }, { name: 'import_orderId' });
    await up();
    expect(without(await dump(database))).toEqual(without(done));
  }, 120_000);

  it('is not undone once an order has changed', async () => {
    await planted();
    await up();
    await database.db
      .collection('orders')
      .updateOne({ status: 'CREADO' }, { $set: { updatedAt: new Date() } });
    await expect(allDown(database.uri)).rejects.toThrow(/would lose them/);
    expect(await all('orders')).toHaveLength(20);
  });

  it('finds the currency of an order that has none, if its parts agree', async () => {
    await planted({
      older: true,
      count: 1,
      change({ orders: [order], items }) {
        for (const part of items) part.currency = order?.currency;
        delete order?.currency;
      },
    });
    await up();
    expect((await all('orders'))[0]?.currency).toMatch(/^[A-Z]{3}$/);
  });

  it('leaves a database alone that is this service’s own, or empty', async () => {
    await migrateUp(database);
    await database.db.collection('migrations').deleteOne({ fileName: '0000-legacy-import.js' });
    const before = await dump(database);
    expect(await migrateUp(database)).toEqual(['0000-legacy-import.js']);
    expect(await dump(database)).toEqual(before);
  });
});

describe('an amount that was a plain number', () => {
  const exact = (amount: number, currency: string) =>
    decimal(exactMinor(amount, currency, 'total'), currency).toString();

  it('becomes the exact amount that it stood for, however it was added up', () => {
    const currencies = fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF');
    const minors = fc.array(fc.integer({ min: 0, max: 99_999_999 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(currencies, minors, (currency, parts) => {
        const floats = parts.map((minor) => Number(toMajor(minor, currency)));
        const sum = parts.reduce((total, minor) => total + minor, 0);
        const total = floats.reduce((one, other) => one + other, 0);
        expect(exact(total, currency)).toBe(toMajor(sum, currency));
      }),
    );
  });

  it('is stored as the program reads it, up to the largest', () => {
    const minors = fc.oneof(fc.maxSafeNat(), fc.integer({ min: 0, max: 99_999 }));
    fc.assert(
      fc.property(fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF'), minors, (currency, minor) => {
        expect(decimal(minor, currency).toString()).toBe(toMajor(minor, currency));
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
        expect(() => exact(minor / 100 + beside - 1e-9, 'EUR')).toThrow(/decimals/);
      }),
    );
  });
});
