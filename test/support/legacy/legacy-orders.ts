import mongoose, { type Model } from 'mongoose';
import { seededRandom } from '../../../simulators/faults/random.ts';
import type { Database } from '../../../src/store/migrations.ts';
import { type LegacyModels, openLegacy } from './legacy-models.ts';

const { ObjectId } = mongoose.mongo;
type Doc = Record<string, unknown>;

/** Documents by the model of the legacy service that they belong to. */
export type LegacyData = Record<keyof LegacyModels, Doc[]>;

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
const address = {
  ...{ street: 'Calle 1', city: 'Sevilla', state: 'Sevilla', postalCode: '41001', country: 'ES' },
};
/** As it was written before there were models. */
const oldAddress = { street: 'Calle 1', city: 'Sevilla', postalCode: 41001, country: 'ES' };

/**
 * What a hand-rolled service has left: amounts as floats with all that adding them up does, a history
 * and an outbox with gaps. As its models write it, or, `older`, from before there were models: links
 * by ObjectId, fields that are null or missing, more statuses. The same seed gives the same documents.
 */
export function legacyData(count: number, { older = false, seed = 'legacy' } = {}): LegacyData {
  const data: LegacyData = { orders: [], items: [], history: [], payments: [], outbox: [] };
  const random = seededRandom(seed);
  const under = (n: number) => Math.floor(random() * n);
  const prefix = under(2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const start = Date.parse('2024-01-01T00:00:00Z');
  let serial = 0;
  const id = () =>
    new ObjectId((start / 1000 + serial).toString(16) + (++serial).toString(16).padStart(16, '0'));

  for (let index = 0; index < count; index++) addOrder(index);
  return data;

  function addOrder(index: number) {
    const path = paths[index % (older ? paths.length : 3)] as string[];
    const status = path.at(-1) as string;
    const currency = ['EUR', 'EUR', 'EUR', 'JPY', 'KWD'][under(5)] as string;
    const unit = 10 ** (exponents[currency] ?? 2);
    const _id = id();
    const uuid = `${prefix}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const createdAt = new Date(start + index * 60_000);
    const at = (step: number) => new Date(createdAt.getTime() + step * 1000);
    // Some of these services name their orders by uuid, some by ObjectId, some by both.
    const style = older ? index % 3 : 0;
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
      userId: older && index % 5 === 0 ? id() : `user-${under(50)}`,
      status,
      totalAmount,
      ...((!older || index % 4 === 0) && { taxAmount }),
      ...(!older && { shippingAmount: 0 }),
      currency,
      shippingAddress: older ? oldAddress : address,
      ...((!older || index % 6 === 0) && { billingAddress: address }),
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
      data.items.push({
        _id: id(),
        orderId,
        productId: `P-${1000 + under(20)}`,
        productName: `Product ${position}`,
        productSku: `SKU-${position}`,
        ...line,
        ...(!older && { currency, discountAmount: 0 }),
        createdAt,
        updatedAt: createdAt,
      });
    }
    // Some history got lost, and some was written in one millisecond.
    if (index % 11 !== 0) {
      for (const [step, to] of path.entries()) {
        data.history.push({
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
      for (const [eventType, eventData] of events as [string, Doc][]) {
        data.outbox.push({
          _id: id(),
          eventType,
          ...(older && index % 2 === 0 ? { payload: JSON.stringify(eventData) } : { eventData }),
          processed: index % 4 !== 0,
          createdAt: at(step),
        });
      }
    }
  }
}

/** Writes the documents through the service's models, or past them when they are older. */
export async function plant(uri: string, data: LegacyData, { older = false } = {}): Promise<void> {
  const { connection, models } = await openLegacy(uri, { init: !older });
  try {
    for (const part of Object.keys(models) as (keyof LegacyModels)[]) {
      const model = models[part] as unknown as Model<Doc>;
      if (data[part].length === 0) continue;
      if (older) await model.collection.insertMany(data[part]);
      else await model.insertMany(data[part], { timestamps: false });
    }
    await models.orders.collection.createIndex({ paidAt: 1 }, { name: 'by_payment' });
  } finally {
    await connection.close();
  }
}

/** All documents and indexes of a database by collection, but for what was migrated when. */
export async function dump({ db }: Pick<Database, 'db'>) {
  const dumped: Record<string, { documents: Doc[]; indexes: unknown[] }> = {};
  for (const { name } of await db.listCollections().toArray()) {
    if (/^migrations|^system\./.test(name)) continue;
    dumped[name] = {
      documents: await db.collection(name).find().sort({ _id: 1 }).toArray(),
      indexes: (await db.collection(name).indexes()).map((index) => index.name).sort(),
    };
  }
  return dumped;
}
