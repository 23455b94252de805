import type { ClientSession, Connection } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import type {
  NewOrder,
  OrderNote,
  OrderTransition,
  PaymentChange,
  PaymentRecord,
  StoredOrder,
} from '../domain/records.ts';
import { decimal, toStoredOrder } from './documents.ts';
import { createModels, type Models, type OrderDocument } from './models.ts';
import { randomOrderNumber } from './order-number.ts';

/** A write that contradicts what is recorded: another writer, or a bug. It is never forced. */
export class OrderConflict extends Error {
  override readonly name = 'OrderConflict';
}

/**
 * Orders in MongoDB. Every write is one transaction, so readers see an order whole, and may be
 * repeated: the second time it finds its own work and changes nothing.
 */
export class OrderStore {
  readonly #models: Models;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
  }

  /** Records a new order, with its items and its first history row, as CREADO. */
  async create(order: NewOrder): Promise<void> {
    for (;;) {
      const duplicate = await this.#insert(order, randomOrderNumber());
      if (duplicate === undefined || 'uuid' in duplicate) return;
      if (!('orderNumber' in duplicate)) {
        throw new OrderConflict(`order ${order.orderId} collides with another one`);
      }
    }
  }

  /** Moves an order on. Throws OrderConflict when it is not where the transition begins. */
  async record(transition: OrderTransition): Promise<void> {
    const { orderId, from, to, version, at } = transition;
    const { Order, History } = this.#models;
    await this.#transaction(async (session) => {
      const date = new Date(at);
      const moved = await Order.updateOne(
        { uuid: orderId, status: from, version: version - 1 },
        { $set: { status: to, version, updatedAt: date, ...writtenWith(transition, date) } },
        { session },
      );
      if (moved.matchedCount === 0) {
        return this.#assertRecorded({ orderId, version, status: to });
      }
      await History.create(
        [
          {
            orderId,
            status: to,
            comment: transition.comment,
            createdAt: date,
            createdBy: transition.by,
            version,
          },
        ],
        { session },
      );
      if (transition.payment) await this.#recordPayment(orderId, transition.payment, date, session);
    });
  }

  /** Writes what became of the payment, while the order stays as it is. */
  async recordPayment({ orderId, payment, at }: PaymentChange): Promise<void> {
    await this.#transaction((session) =>
      this.#recordPayment(orderId, payment, new Date(at), session),
    );
  }

  /** Writes what an operator did to the history of an order that stays as it is. */
  async recordNote({ orderId, version, at, comment, by }: OrderNote): Promise<void> {
    const { Order, History } = this.#models;
    await this.#transaction(async (session) => {
      const createdAt = new Date(at);
      const order = await Order.findOneAndUpdate(
        { uuid: orderId, version: version - 1 },
        { $set: { version, updatedAt: createdAt } },
        { session },
      ).lean();
      if (order === null) return this.#assertRecorded({ orderId, version });
      const row = { orderId, status: order.status, comment, createdAt, createdBy: by, version };
      await History.create([row], { session });
    });
  }

  async find(orderId: string): Promise<StoredOrder | undefined> {
    const { Order, Item } = this.#models;
    const [order, items] = await Promise.all([
      Order.findOne({ uuid: orderId }).lean(),
      Item.find({ orderId }).sort({ _id: 1 }).lean(),
    ]);
    return order === null ? undefined : toStoredOrder(order, items);
  }

  async #insert(order: NewOrder, orderNumber: string): Promise<object | undefined> {
    const { Order, Item, History } = this.#models;
    const { orderId, userId, currency } = order;
    const createdAt = new Date(order.createdAt);
    const stamps = { createdAt, updatedAt: createdAt };
    try {
      await this.#transaction(async (session) => {
        await Order.create(
          [
            {
              uuid: orderId,
              orderNumber,
              userId,
              status: 'CREADO' as const,
              version: 1,
              currency,
              totalAmount: decimal(order.totalAmount, currency),
              taxAmount: decimal(order.taxAmount, currency),
              shippingAmount: decimal(order.shippingAmount, currency),
              shippingAddress: order.shippingAddress,
              billingAddress: order.billingAddress,
              requestHash: order.requestHash,
              idempotencyKey: order.idempotencyKey,
              metadata: order.metadata,
              ...stamps,
            },
          ],
          { session },
        );
        await Item.insertMany(
          order.lines.map((line) => ({
            ...line,
            orderId,
            currency,
            unitPrice: decimal(line.unitPrice, currency),
            totalPrice: decimal(line.totalPrice, currency),
            discountAmount: decimal(line.discountAmount, currency),
            ...stamps,
          })),
          { session },
        );
        await History.create(
          [
            {
              orderId,
              status: 'CREADO' as const,
              comment: 'order placed',
              createdAt,
              createdBy: userId,
              version: 1,
            },
          ],
          { session },
        );
      });
      return undefined;
    } catch (error) {
      const duplicate = duplicateKey(error);
      if (duplicate === undefined) throw error;
      return duplicate;
    }
  }

  async #recordPayment(
    orderId: string,
    { idempotencyKey, amount, currency, ...payment }: PaymentRecord,
    at: Date,
    session: ClientSession,
  ): Promise<void> {
    await this.#models.Payment.updateOne(
      { idempotencyKey },
      {
        $set: { ...payment, amount: decimal(amount, currency), currency, updatedAt: at },
        $setOnInsert: { orderId, createdAt: at },
      },
      { upsert: true, session },
    );
  }

  /** A write that finds its version taken must be the repeat of the one that took it. */
  async #assertRecorded(row: { orderId: string; version: number; status?: OrderStatus }) {
    if ((await this.#models.History.exists(row)) === null) {
      throw new OrderConflict(`order ${row.orderId} is not where version ${row.version} begins`);
    }
  }

  async #transaction(work: (session: ClientSession) => Promise<void>): Promise<void> {
    await this.connection.transaction(work, { readConcern: 'snapshot' });
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

function duplicateKey(error: unknown): object | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 11000) return undefined;
  return 'keyPattern' in error ? (error.keyPattern as object) : {};
}
