import mongoose, { type Connection } from 'mongoose';
import { ADDRESS_CHANGED } from '../domain/address.ts';
import { orderNumberOf } from '../domain/order-number.ts';
import { assertTransition, type OrderStatus } from '../domain/order-status.ts';
import { replaceableBy } from '../domain/payment-status.ts';
import type {
  AddressChange,
  NewOrder,
  OrderNote,
  OrderTransition,
  PaymentChange,
  RecordedState,
} from '../domain/records.ts';
import { Refusal } from '../domain/refusal.ts';
import { decimal, itemDocuments, orderDocument, toRecordedState } from './documents.ts';
import {
  BEFORE_ORDER,
  createModels,
  type HistoryDocument,
  type Models,
  type OrderDocument,
} from './models.ts';
import { once } from './once.ts';
import { isUnstorable } from './unstorable.ts';

/** A write that contradicts what is recorded: another writer, or a bug. It is never forced. */
export class OrderConflict extends Error {
  override readonly name = 'OrderConflict';
}

/** Another order of the user has the idempotency key, which is never so for an id made from it. */
class KeyTaken extends Error {
  override readonly name = 'idempotency_key_taken';
}

/**
 * Writes orders to MongoDB. What belongs to a change is written first and the order itself last, so
 * readers see it whole or not at all, and a crash in between is repaired when the step is repeated:
 * it finds its own work and changes nothing. There are no transactions: one that a killed worker
 * leaves open would lock its order for a minute.
 */
export class OrderStore {
  readonly #models: Models;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
  }

  /**
   * Records a new order, with its items and its first history row, as CREADO; answers what is
   * recorded, which an earlier call may have done. Throws Refusal not_storable.
   */
  async create(order: NewOrder): Promise<RecordedState> {
    const { orderId, createdAt } = order;
    try {
      const orderNumber = await this.#insert(order);
      if (orderNumber !== undefined) {
        const { currency, lines, totalAmount, taxAmount, shippingAmount } = order;
        const sold = { currency, lines, totalAmount, taxAmount, shippingAmount };
        return { orderNumber, status: 'CREADO', version: 1, createdAt, sold, transitions: [] };
      }
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      await this.dropUnrecorded(orderId);
      throw new Refusal('not_storable', 'The database refuses the order for what it contains');
    }
    const recorded = await this.load(orderId);
    if (recorded === undefined) throw new Error(`order ${orderId} is gone again`);
    return recorded;
  }

  /** The order as it is recorded; undefined when it is not. */
  async load(orderId: string): Promise<RecordedState | undefined> {
    const { Order, Item, History, Payment } = this.#models;
    const order = await Order.findOne({ uuid: orderId }).lean();
    if (order === null) return undefined;
    const [items, history, attempts] = await Promise.all([
      Item.find({ orderId }).sort({ _id: 1 }).lean(),
      History.find({ orderId }).sort({ version: 1 }).lean(),
      Payment.countDocuments({ orderId }),
    ]);
    const state = toRecordedState(order, items, history);
    return { ...state, ...(attempts > 1 && { attempts }) };
  }

  /** Answers the order's number; undefined when the order is recorded already. */
  async #insert(order: NewOrder): Promise<string | undefined> {
    const { Order, Item, History } = this.#models;
    const { orderId, userId } = order;
    const createdAt = new Date(order.createdAt);
    const items = itemDocuments(order);
    const row = { orderId, status: 'CREADO', version: 1, comment: 'order placed' } as const;
    const firstRow = { ...row, createdAt, createdBy: userId };
    const taken = await Promise.all([
      once(() => Item.insertMany(items, { ordered: false, throwOnValidationError: true })),
      once(() => History.insertMany([firstRow])),
    ]);
    if (taken.some((key) => key !== undefined)) {
      // An earlier run may have left rows of other prices, without the order that they belong to.
      if ((await Order.exists({ uuid: orderId })) !== null) return undefined;
      await Promise.all([
        Item.bulkWrite(items.map((item) => replacing({ _id: item._id }, item))),
        History.bulkWrite([replacing({ orderId, version: 1 }, firstRow)]),
      ]);
    }
    for (let attempt = 0; ; attempt++) {
      const orderNumber = orderNumberOf(orderId, attempt);
      const key = await once(() => Order.create([orderDocument(order, orderNumber)]));
      if (key === undefined) return orderNumber;
      if ('uuid' in key) return undefined;
      if (!('orderNumber' in key)) throw new KeyTaken(`another order has the key of ${orderId}`);
    }
  }

  /** What belongs to an order is written before it: an order that never is leaves nothing. */
  async dropUnrecorded(orderId: string): Promise<void> {
    const { Order, Item, History } = this.#models;
    if ((await Order.exists({ uuid: orderId })) !== null) return;
    await Promise.all([Item.deleteMany({ orderId }), History.deleteMany({ orderId })]);
  }

  /** Moves an order on. Throws OrderConflict when it is not where the transition begins. */
  async record(transition: OrderTransition): Promise<void> {
    const { orderId, from, to, version, payment } = transition;
    assertTransition(from, to);
    const createdAt = new Date(transition.at);
    const { comment, by: createdBy, note } = transition;
    await this.#advance(
      { orderId, version, status: from },
      { orderId, version, status: to },
      () =>
        Promise.all([
          payment && this.#writePayment({ orderId, payment, at: transition.at }, BEFORE_ORDER),
          this.#addHistory({ orderId, status: to, comment, createdAt, createdBy, note, version }),
        ]),
      { status: to, updatedAt: createdAt, ...writtenWith(transition, createdAt) },
    );
  }

  /** Writes what became of the payment, while the order stays as it is. */
  async recordPayment(change: PaymentChange): Promise<void> {
    await this.#writePayment(change, {});
  }

  /** A write that is late finds what came after it, and changes nothing. */
  async #writePayment(
    { orderId, payment, at }: PaymentChange,
    options: Partial<typeof BEFORE_ORDER>,
  ) {
    const { idempotencyKey, amount, currency, ...rest } = payment;
    const updatedAt = new Date(at);
    const { Payment } = this.#models;
    const before = mongoose.trusted({ $in: replaceableBy(payment.paymentStatus) });
    const filter = { idempotencyKey, paymentStatus: before };
    const $set = { ...rest, amount: decimal(amount, currency), currency, updatedAt };
    const $setOnInsert = { orderId, createdAt: updatedAt };
    const taken = await once(() =>
      Payment.updateOne(filter, { $set, $setOnInsert }, { upsert: true, ...options }),
    );
    // There is a row: one that came at the same moment, or one that is further.
    if (taken !== undefined) await Payment.updateOne(filter, { $set }, options);
  }

  /** Writes what an operator did to the history of an order that stays as it is. */
  async recordNote({ orderId, version, status, at, comment, by, note }: OrderNote): Promise<void> {
    const createdAt = new Date(at);
    await this.#advance(
      { orderId, version, status },
      { orderId, version, status },
      () => this.#addHistory({ orderId, status, comment, createdAt, createdBy: by, note, version }),
      { updatedAt: createdAt },
    );
  }

  /** Where the order goes from now on; the history keeps where it went. */
  async recordAddress(change: AddressChange): Promise<void> {
    const { orderId, version, status, at, by: createdBy, note, shippingAddress } = change;
    const createdAt = new Date(at);
    await this.#advance(
      { orderId, version, status },
      { orderId, version, status },
      async () => {
        const order = await this.#models.Order.findOne({ uuid: orderId }).lean();
        if (order === null) throw new Error(`order ${orderId} is gone`);
        const moved = { before: order.shippingAddress, after: shippingAddress };
        const row = { orderId, version, status, comment: ADDRESS_CHANGED, createdAt, createdBy };
        await this.#addHistory({ ...row, note, shippingAddress: moved });
      },
      { updatedAt: createdAt, shippingAddress },
    );
  }

  /** One version further: first what belongs to it, then the order, if it is where it has to be. */
  async #advance(
    from: { orderId: string; version: number; status: OrderStatus },
    done: { orderId: string; version: number; status: OrderStatus },
    writeFirst: () => Promise<unknown>,
    changes: Partial<OrderDocument>,
  ): Promise<void> {
    const { Order } = this.#models;
    const { orderId: uuid, version, status } = from;
    const before = { uuid, status, version: version - 1 };
    if ((await Order.exists(before)) !== null) {
      await writeFirst();
      const moved = await Order.updateOne(before, { $set: { ...changes, version } });
      if (moved.matchedCount === 1) return;
    }
    // A write that finds its version taken must be the repeat of the one that took it.
    if ((await this.#models.History.exists(done)) !== null) return;
    const now = await Order.findOne({ uuid }, { status: 1, version: 1 }).lean();
    const where = now ? `recorded as ${now.status}, version ${now.version}` : 'not recorded';
    throw new OrderConflict(`the order is ${where}`);
  }

  async #addHistory(row: HistoryDocument): Promise<void> {
    await once(() => this.#models.History.insertMany([row]));
  }
}

function replacing<Document extends object>(filter: object, replacement: Document) {
  return { replaceOne: { filter, replacement, upsert: true } };
}

function writtenWith(transition: OrderTransition, at: Date): Partial<OrderDocument> {
  const { shipment, cancellation } = transition;
  switch (transition.to) {
    case 'CREADO':
      return {};
    case 'PAGADO':
      return { paidAt: at };
    case 'ENVIADO':
      return { shippedAt: at, shipment };
    case 'CANCELADO':
      return { cancelledAt: at, cancellation };
  }
}
