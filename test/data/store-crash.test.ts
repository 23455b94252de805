import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import type { NewOrder, OrderTransition, PaymentRecord } from '../../src/domain/records.ts';
import { connectStore } from '../../src/store/connection.ts';
import { migrateUp } from '../../src/store/migrations.ts';
import { OrderQueries } from '../../src/store/order-queries.ts';
import { OrderStore } from '../../src/store/order-store.ts';
import { address } from '../support/api/requests.ts';
import { openDatabase, type TestDatabase } from '../support/mongodb/database.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/servers/cutting-proxy.ts';

let database: TestDatabase;
let proxy: CuttingProxy;
let connection: Connection;
let store: OrderStore;
beforeAll(async () => {
  database = await openDatabase();
  await migrateUp(database);
  const uri = new URL(database.uri);
  proxy = await startCuttingProxy({ host: uri.hostname, port: Number(uri.port) });
  uri.port = `${proxy.port}`;
  // The driver would repeat a lost write by itself, and hide what the store does.
  connection = await connectStore(uri.href, { retryWrites: false, monitorCommands: true });
  store = new OrderStore(connection);
}, 60_000);
afterAll(async () => {
  await connection?.close();
  await proxy?.close();
  await database?.drop();
});

/** What an order's workflow writes in its life, each step as often as it takes. */
function life(orderId: string) {
  const line = { productId: 'P-1', productName: 'Mug', productSku: 'MUG', quantity: 2 };
  const prices = { unitPrice: 1000, discountAmount: 0, totalPrice: 2000 };
  const order: NewOrder = {
    ...{ orderId, userId: 'ana', currency: 'EUR', requestHash: 'hash' },
    items: [{ productId: 'P-1', quantity: 2 }],
    lines: [
      { ...line, ...prices },
      { ...line, ...prices, productId: 'P-2' },
    ],
    ...{ taxAmount: 0, shippingAmount: 0, totalAmount: 4000 },
    ...{ shippingAddress: address, billingAddress: address },
    createdAt: '2026-01-02T03:04:05.678Z',
  };
  const payment: PaymentRecord = {
    ...{ idempotencyKey: `${orderId}:charge`, paymentMethod: 'paypal', currency: 'EUR' },
    ...{ paymentStatus: 'completed', amount: 4000, transactionId: 'tx-1' },
  };
  const at = '2026-01-02T03:04:06.000Z';
  const paid: OrderTransition = {
    ...{ orderId, from: 'CREADO', to: 'PAGADO', version: 3, at },
    ...{ comment: 'payment captured', by: 'system', payment },
  };
  const note = { orderId, version: 2, status: 'CREADO', at, comment: 'retry', by: 'olga' } as const;
  const cancelled: OrderTransition = {
    ...{ orderId, from: 'PAGADO', to: 'CANCELADO', version: 4, at, comment: 'no use', by: 'ana' },
    payment: { ...payment, paymentStatus: 'refund_pending' },
    cancellation: { reason: 'no use', by: 'ana' },
  };
  const refunded = { orderId, at, payment: { ...payment, paymentStatus: 'refunded' as const } };
  return [
    () => store.create(order),
    () => store.recordNote(note),
    () => store.record(paid),
    () => store.record(cancelled),
    () => store.recordPayment(refunded),
  ];
}

/** Repeats a step as Temporal would; what readers see in between is whole, or nothing. */
async function repeated(orderId: string, step: () => Promise<unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (attempt === 3) throw error;
      const found = await new OrderQueries(store.connection).find(orderId);
      if (found === undefined) continue;
      expect(found.lines).toHaveLength(2);
      const rows = { orderId, version: { $lte: found.version } };
      const history = database.db.collection('orderstatushistory');
      expect(await history.countDocuments(rows)).toBe(found.version);
      if (found.status === 'CREADO') continue;
      expect(await database.db.collection('payments').countDocuments({ orderId })).toBe(1);
    }
  }
}

/** All that is recorded of an order, without what differs from one order to the next. */
async function recorded(orderId: string): Promise<unknown> {
  const all = async (name: string, key = 'orderId') =>
    (
      await database.db
        .collection(name)
        .find({ [key]: orderId })
        .sort({ version: 1, _id: 1 })
        .toArray()
    ).map(({ _id, orderNumber, ...rest }) =>
      JSON.parse(JSON.stringify(rest).replaceAll(orderId, 'ID')),
    );
  return Promise.all([
    all('orders', 'uuid'),
    ...['orderitems', 'orderstatushistory', 'payments'].map((name) => all(name)),
  ]);
}

async function live(orderId: string): Promise<unknown> {
  for (const step of life(orderId)) await repeated(orderId, step);
  return recorded(orderId);
}

describe('a step that is repeated after the connection broke', () => {
  it.each(['before', 'after'] as const)(
    'at any of its writes, %s MongoDB had it, leaves the same order',
    async (when) => {
      const undisturbed = await live(randomUUID());
      let cuts = 0;
      for (;;) {
        proxy.cutAt(cuts + 1, when);
        expect(await live(randomUUID())).toEqual(undisturbed);
        if (!proxy.hasCut()) break;
        cuts++;
      }
      // Three for the new order, two for the note, three for each transition, one for the payment.
      expect(cuts).toBeGreaterThanOrEqual(12);
    },
    120_000,
  );
});

describe('the write of an order', () => {
  it('is answered when a majority has it in its journal', async () => {
    const concerns: Record<string, unknown[]> = {};
    connection.getClient().on('commandStarted', ({ commandName, command }) => {
      if (!['insert', 'update'].includes(commandName)) return;
      concerns[command[commandName]] ??= [];
      concerns[command[commandName]]?.push(command.writeConcern);
    });
    proxy.cutAt(0, 'before');
    await live(randomUUID());
    expect(concerns.orders?.length).toBeGreaterThanOrEqual(4);
    for (const concern of [...(concerns.orders ?? []), concerns.payments?.at(-1)]) {
      expect(concern).toMatchObject({ w: 'majority', j: true });
    }
  });
});
