import mongoose from 'mongoose';
import { seededRandom } from '../../dev/services/faults/random.ts';
import type { Database } from '../../src/store/migrations.ts';

const { ObjectId } = mongoose.mongo;
type Doc = Record<string, unknown>;

export interface LegacyData {
  orders: Doc[];
  orderitems: Doc[];
  orderstatushistory: Doc[];
  payments: Doc[];
  outboxes: Doc[];
}

const paths = [
  ['CREADO'],
  ['CREADO', 'PAGADO'],
  ['CREADO', 'PAGADO', 'ENVIADO'],
  ['CREADO', 'CANCELADO'],
  ['CREADO', 'PAGADO', 'CANCELADO'],
];
const stamps: Record<string, string> = {
  PAGADO: 'paidAt',
  ENVIADO: 'shippedAt',
  CANCELADO: 'cancelledAt',
};
const exponents: Record<string, number> = { EUR: 2, JPY: 0, KWD: 3 };
const address = { street: 'Calle 1', city: 'Sevilla', postalCode: 41001, country: 'ES' };

/**
 * What a hand-rolled service has left: amounts as floats with all that adding them up does, links
 * by ObjectId or by uuid, fields that are null or missing. The same seed gives the same documents.
 */
export function legacyData(count: number, seed = 'legacy'): LegacyData {
  const data: LegacyData = {
    orders: [],
    orderitems: [],
    orderstatushistory: [],
    payments: [],
    outboxes: [],
  };
  const random = seededRandom(seed);
  const under = (n: number) => Math.floor(random() * n);
  const start = Date.parse('2024-01-01T00:00:00Z');
  let serial = 0;
  const id = () =>
    new ObjectId((start / 1000 + serial).toString(16) + (++serial).toString(16).padStart(16, '0'));

  for (let index = 0; index < count; index++) addOrder(index);
  return data;

  function addOrder(index: number) {
    const path = paths[index % paths.length] as string[];
    const status = path.at(-1) as string;
    const currency = ['EUR', 'EUR', 'EUR', 'JPY', 'KWD'][under(5)] as string;
    const unit = 10 ** (exponents[currency] ?? 2);
    const _id = id();
    const uuid = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const createdAt = new Date(start + index * 60_000);
    const at = (step: number) => new Date(createdAt.getTime() + step * 1000);
    // Some of these services name their orders by uuid, some by ObjectId, some by both.
    const style = index % 3;
    const orderId = style === 0 ? uuid : style === 1 ? _id : String(_id);

    const lines = Array.from({ length: 1 + under(3) }, () => {
      const unitPrice = (1 + under(9_999)) / unit;
      const quantity = 1 + under(4);
      // As it comes out of adding floats up: 0.1 + 0.1 + 0.1 is not 0.3.
      const totalPrice = Array<number>(quantity)
        .fill(unitPrice)
        .reduce((a, b) => a + b, 0);
      return { unitPrice, quantity, totalPrice };
    });
    const taxAmount = index % 4 === 0 ? (1 + under(500)) / unit : 0;
    const totalAmount = lines.reduce((sum, line) => sum + line.totalPrice, taxAmount);

    data.orders.push({
      _id,
      ...(style !== 1 && { uuid }),
      ...(index % 2 === 0 && { orderNumber: `2024-${index}` }),
      userId: index % 5 === 0 ? id() : `user-${under(50)}`,
      status,
      totalAmount,
      ...(index % 4 === 0 && { taxAmount }),
      currency,
      shippingAddress: address,
      ...(index % 6 === 0 && { billingAddress: { ...address, state: 'Sevilla' } }),
      createdAt,
      updatedAt: at(path.length),
      paidAt: null,
      ...Object.fromEntries(
        path.flatMap((to, step) => (stamps[to] ? [[stamps[to], at(step)]] : [])),
      ),
      idempotencyKey: index % 7 === 0 ? `key-${index}` : null,
      ...(index % 7 === 0 && { requestHash: 'of-another-service' }),
      ...(index % 8 === 0 && { metadata: { gift: true, note: 'leave it at the door' } }),
      __v: path.length,
    });
    for (const [position, line] of lines.entries()) {
      data.orderitems.push({
        _id: id(),
        orderId,
        productId: `P-${1000 + under(20)}`,
        productName: `Product ${position}`,
        productSku: `SKU-${position}`,
        ...line,
        createdAt,
        updatedAt: createdAt,
      });
    }
    // Some history got lost, and some was written in one millisecond.
    if (index % 11 !== 0) {
      for (const [step, to] of path.entries()) {
        data.orderstatushistory.push({
          _id: id(),
          orderId,
          status: to,
          comment: `became ${to}`,
          createdAt: index % 3 === 0 ? createdAt : at(step),
          ...(index % 2 === 0 && { createdBy: 'system' }),
        });
      }
    }
    if (path.includes('PAGADO')) {
      data.payments.push({
        _id: id(),
        orderId,
        paymentMethod: 'credit_card',
        paymentStatus: status === 'CANCELADO' ? 'refunded' : 'completed',
        amount: totalAmount,
        currency,
        transactionId: `tx-${index}`,
        createdAt,
        updatedAt: createdAt,
      });
    }
    addOutbox(index, path, { orderId: String(orderId), at });
  }

  function addOutbox(
    index: number,
    path: string[],
    { orderId, at }: { orderId: string; at(step: number): Date },
  ) {
    for (const [step, to] of path.entries()) {
      const events =
        step === 0
          ? [['order.created', { orderId }]]
          : [
              ...(to === 'PAGADO' ? [['order.paid', { orderId }]] : []),
              ['order.status_changed', { orderId, from: path[step - 1], to }],
            ];
      for (const [eventType, payload] of events as [string, Doc][]) {
        const processed = index % 3 !== 0 || step === 0;
        data.outboxes.push({
          _id: id(),
          eventType,
          payload: index % 2 === 0 ? JSON.stringify(payload) : payload,
          processed,
          createdAt: at(step),
        });
      }
    }
  }
}

/** Writes the documents as the other service would have, with an index of its own. */
export async function plant({ db }: Database, data: LegacyData): Promise<void> {
  for (const [name, documents] of Object.entries(data)) {
    if (documents.length > 0) await db.collection(name).insertMany(documents);
  }
  await db.collection('orders').createIndex({ userId: 1 }, { name: 'by_user' });
}

/** All documents of a database by collection, and its indexes. */
export async function dump({ db }: Database, names: readonly string[]) {
  const dumped: Record<string, unknown> = {};
  for (const name of names) {
    const exists = await db.listCollections({ name }).hasNext();
    dumped[name] = exists && {
      documents: await db.collection(name).find().sort({ _id: 1 }).toArray(),
      indexes: (await db.collection(name).indexes()).map((index) => index.name).sort(),
    };
  }
  return dumped;
}
