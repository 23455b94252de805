import mongoose, { type Connection } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import { toMinor } from '../domain/pricing/money.ts';
import type { RecordedOrder } from '../domain/reconciliation.ts';
import { openRefundStatuses } from '../domain/refund.ts';
import {
  createModels,
  type HistoryDocument,
  type Models,
  type OrderDocument,
  type PaymentDocument,
  type RefundDocument,
} from './models.ts';

interface ChangeCursor {
  /** ISO 8601. */
  at: string;
  orderId: string;
}

/** Where the reconciler's next run begins. Times in ISO 8601. */
export interface ReconcileProgress {
  changedAfter: ChangeCursor;
  closedSince: string;
}

const PROGRESS = 'orders';

/** A document that says of an order what cannot be: written by hand, or by a bug. */
export class UnreadableOrder extends Error {
  override readonly name = 'UnreadableOrder';
}

/** What the reconciler reads of the orders, the one mark that it sets, and how far it is. */
export class ReconcileStore {
  readonly #models: Models;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
  }

  /**
   * The orders that changed after the cursor, oldest change first. Those that another service wrote
   * have no request hash: they never had a workflow, and are not missing one. `until` in ISO 8601.
   */
  async changedAfter(
    { at, orderId }: ChangeCursor,
    limit: number,
    until?: string,
  ): Promise<(ChangeCursor & { status: OrderStatus })[]> {
    const updatedAt = new Date(at);
    const orders = await this.#models.Order.find(
      {
        requestHash: mongoose.trusted({ $exists: true }),
        $or: [
          { updatedAt: mongoose.trusted({ $gt: updatedAt }) },
          { updatedAt, uuid: mongoose.trusted({ $gt: orderId }) },
        ],
        ...(until !== undefined && {
          $and: [{ updatedAt: mongoose.trusted({ $lte: new Date(until) }) }],
        }),
      },
      { uuid: 1, updatedAt: 1, status: 1 },
    )
      .sort({ updatedAt: 1, uuid: 1 })
      .limit(limit)
      .lean();
    return orders.map(({ updatedAt, uuid, status }) => ({
      at: updatedAt.toISOString(),
      orderId: uuid,
      status,
    }));
  }

  /** Undefined when it was never recorded. Throws UnreadableOrder. */
  async find(orderId: string): Promise<RecordedOrder | undefined> {
    const found = (await this.findMany([orderId])).get(orderId);
    if (found instanceof UnreadableOrder) throw found;
    return found;
  }

  /** Those of these orders that were recorded, by id. */
  async findMany(
    orderIds: readonly string[],
  ): Promise<Map<string, RecordedOrder | UnreadableOrder>> {
    const { Order, Payment, History, Refund } = this.#models;
    const ofThese = mongoose.trusted({ $in: orderIds });
    const [orders, payments, paid, refunds] = await Promise.all([
      Order.find({ uuid: ofThese }).lean(),
      Payment.find({ orderId: ofThese }).sort({ createdAt: 1, _id: 1 }).lean(),
      History.find({ orderId: ofThese, status: 'PAGADO' }).sort({ version: -1 }).lean(),
      Refund.find({ orderId: ofThese }).sort({ revision: 1 }).lean(),
    ]);
    // Of several, the one that was sorted last counts: the newest payment, the first row of PAGADO.
    const lastPayment = new Map(payments.map((payment) => [payment.orderId, payment]));
    const firstPaid = new Map(paid.map((row) => [row.orderId, row]));
    const read = (order: OrderDocument) =>
      recordedOrder(order, {
        payment: lastPayment.get(order.uuid),
        paid: firstPaid.get(order.uuid),
        refunds: refunds.filter(({ orderId }) => orderId === order.uuid),
      });
    return new Map(orders.map((order) => [order.uuid, orUnreadable(() => read(order))]));
  }

  /** Undefined before the first run. */
  async loadProgress(): Promise<ReconcileProgress | undefined> {
    const found = await this.#progress.findOne({ _id: PROGRESS });
    return found === null
      ? undefined
      : { changedAfter: found.changedAfter, closedSince: found.closedSince };
  }

  async saveProgress({ changedAfter, closedSince }: ReconcileProgress): Promise<void> {
    await this.#progress.updateOne(
      { _id: PROGRESS },
      { $set: { changedAfter, closedSince } },
      { upsert: true },
    );
  }

  get #progress() {
    return this.connection.collection<ReconcileProgress & { _id: string }>('reconciler');
  }

  /** Marks a payment whose money arrived for a cancelled order. */
  async flagPayment(idempotencyKey: string, reason: string): Promise<void> {
    await this.connection
      .collection('payments')
      .updateOne({ idempotencyKey }, { $set: { 'metadata.reconciled': reason } });
  }
}

interface Beside {
  payment: PaymentDocument | undefined;
  paid: HistoryDocument | undefined;
  refunds: RefundDocument[];
}

/** Throws UnreadableOrder. */
function recordedOrder(order: OrderDocument, { payment, paid, refunds }: Beside): RecordedOrder {
  const { userId, status, version, currency, requestHash } = order;
  return {
    userId,
    status,
    version,
    currency,
    totalAmount: totalOf(order),
    isConfirmedByHand: paid !== undefined && paid.createdBy !== 'system',
    isImported: requestHash === undefined,
    refunds: {
      completed: refunds
        .filter((refund) => refund.status === 'completed')
        .reduce((sum, { amount }) => sum + toMinor(amount.toString(), currency), 0),
      open: refunds
        .filter(({ status }) => openRefundStatuses.includes(status))
        .map(({ refundId }) => refundId),
    },
    ...(payment && {
      payment: {
        key: payment.idempotencyKey,
        status: payment.paymentStatus,
        method: payment.paymentMethod,
        transactionId: payment.transactionId,
      },
    }),
  };
}

function orUnreadable(read: () => RecordedOrder): RecordedOrder | UnreadableOrder {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableOrder) return error;
    throw error;
  }
}

function totalOf({ totalAmount, currency }: OrderDocument): number {
  try {
    return toMinor(totalAmount.toString(), currency);
  } catch {
    throw new UnreadableOrder('its total is no amount of money');
  }
}
