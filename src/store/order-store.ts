import type { Connection } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import type { NewOrder, OrderNote, OrderTransition, PaymentChange } from '../domain/records.ts';
import { decimal, itemDocuments, orderDocument } from './documents.ts';
import {
  BEFORE_ORDER,
  createModels,
  type HistoryDocument,
  type Models,
  type OrderDocument,
} from './models.ts';
import { randomOrderNumber } from './order-number.ts';

/** A write that contradicts what is recorded: another writer, or a bug. It is never forced. */
export class OrderConflict extends Error {
  override readonly name = 'OrderConflict';
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

  /** Records a new order, with its items and its first history row, as CREADO. */
  async create(order: NewOrder): Promise<void> {
    const { Order, Item } = this.#models;
    const { orderId, userId, createdAt: at } = order;
    const firstRow = { orderId, status: 'CREADO', version: 1, comment: 'order placed' } as const;
    await Promise.all([
      once(() => Item.insertMany(itemDocuments(order), { ordered: false })),
      this.#addHistory({ ...firstRow, createdAt: new Date(at), createdBy: userId }),
    ]);
    for (;;) {
      const taken = await once(() => Order.create([orderDocument(order, randomOrderNumber())]));
      if (taken === undefined || 'uuid' in taken) return;
      if (!('orderNumber' in taken)) throw new OrderConflict(`order ${orderId} is another one's`);
    }
  }

  /** Moves an order on. Throws OrderConflict when it is not where the transition begins. */
  async record(transition: OrderTransition): Promise<void> {
    const { orderId, from, to, version, payment } = transition;
    const createdAt = new Date(transition.at);
    const { comment, by: createdBy } = transition;
    await this.#advance(
      { orderId, version, status: from },
      { orderId, version, status: to },
      () =>
        Promise.all([
          payment && this.#writePayment({ orderId, payment, at: transition.at }, BEFORE_ORDER),
          this.#addHistory({ orderId, status: to, comment, createdAt, createdBy, version }),
        ]),
      { status: to, updatedAt: createdAt, ...writtenWith(transition, createdAt) },
    );
  }

  /** Writes what became of the payment, while the order stays as it is. */
  async recordPayment(change: PaymentChange): Promise<void> {
    await this.#writePayment(change, {});
  }

  async #writePayment(
    { orderId, payment, at }: PaymentChange,
    options: Partial<typeof BEFORE_ORDER>,
  ) {
    const { idempotencyKey, amount, currency, ...rest } = payment;
    const updatedAt = new Date(at);
    await this.#models.Payment.updateOne(
      { idempotencyKey },
      {
        $set: { ...rest, amount: decimal(amount, currency), currency, updatedAt },
        $setOnInsert: { orderId, createdAt: updatedAt },
      },
      { upsert: true, ...options },
    );
  }

  /** Writes what an operator did to the history of an order that stays as it is. */
  async recordNote({ orderId, version, status, at, comment, by }: OrderNote): Promise<void> {
    const createdAt = new Date(at);
    await this.#advance(
      { orderId, version, status },
      { orderId, version, status },
      () => this.#addHistory({ orderId, status, comment, createdAt, createdBy: by, version }),
      { updatedAt: createdAt },
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
    throw new OrderConflict(`order ${uuid} is not where version ${version} begins`);
  }

  async #addHistory(row: HistoryDocument): Promise<void> {
    await once(() => this.#models.History.insertMany([row]));
  }
}

/** Runs an insert that may have been done before, and answers the key that was taken then. */
async function once(insert: () => Promise<unknown>): Promise<object | undefined> {
  try {
    await insert();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 11000) throw error;
    return 'keyPattern' in error ? (error.keyPattern as object) : {};
  }
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
