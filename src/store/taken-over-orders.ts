import mongoose, { type Connection } from 'mongoose';
import { toMinor } from '../domain/money.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { PaymentRecord, StoredOrder } from '../domain/records.ts';
import { toStoredOrder } from './documents.ts';
import { createModels, type Models, type PaymentDocument } from './models.ts';

export interface HistoryRow {
  version: number;
  status: OrderStatus;
  comment: string;
  at: Date;
}

/** An order that another service placed, with all that is known of it. */
export interface TakenOverOrder {
  order: StoredOrder;
  history: HistoryRow[];
  payments: PaymentRecord[];
}

/** Something in the other service's database that belongs to no order. */
export interface Orphan {
  collection: string;
  id: string;
  orderId: string;
}

/** The orders that another service placed: they have no request hash. */
export class TakenOverOrders {
  readonly #models: Models;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
  }

  /** Whether this database was taken over, and the migration came to its end. */
  async isDone(): Promise<boolean> {
    return (await this.#takeover.findOne({ kind: 'state', phase: 'done' })) !== null;
  }

  async orphans(): Promise<Orphan[]> {
    const found = await this.#takeover.find({ kind: 'orphan' }).toArray();
    return found.map(({ collection, id, orderId }) => ({
      collection,
      id: `${id}`,
      orderId: `${orderId}`,
    }));
  }

  /** The ids of those that are not at their end, oldest first. */
  async *openIds(): AsyncGenerator<string> {
    const open = this.#models.Order.find(
      {
        status: mongoose.trusted({ $in: ['CREADO', 'PAGADO'] }),
        requestHash: mongoose.trusted({ $exists: false }),
      },
      { uuid: 1 },
    );
    for await (const { uuid } of open.sort({ _id: 1 }).lean().cursor()) yield uuid;
  }

  /** By its public id, or by the `_id` that the other service used for it. */
  async find(id: string): Promise<TakenOverOrder | undefined> {
    const { Order, Item, History, Payment } = this.#models;
    const byId = mongoose.isObjectIdOrHexString(id) ? { _id: id } : { uuid: id.toLowerCase() };
    const order = await Order.findOne({
      ...byId,
      requestHash: mongoose.trusted({ $exists: false }),
    }).lean();
    if (order === null) return undefined;
    const orderId = order.uuid;
    const [items, history, payments] = await Promise.all([
      Item.find({ orderId }).sort({ _id: 1 }).lean(),
      History.find({ orderId }).sort({ version: 1 }).lean(),
      Payment.find({ orderId }).sort({ createdAt: 1, _id: 1 }).lean(),
    ]);
    return {
      order: toStoredOrder(order, items),
      history: history.map(({ version, status, comment, createdAt: at }) => ({
        version,
        status,
        comment,
        at,
      })),
      payments: payments.map(toRecord),
    };
  }

  get #takeover() {
    return this.connection.collection('takeover');
  }
}

function toRecord(payment: PaymentDocument): PaymentRecord {
  const { idempotencyKey, paymentMethod, paymentStatus, amount, currency } = payment;
  return {
    ...{ idempotencyKey, paymentMethod, paymentStatus, currency },
    amount: toMinor(amount.toString(), currency),
    ...(payment.transactionId && { transactionId: payment.transactionId }),
  };
}
