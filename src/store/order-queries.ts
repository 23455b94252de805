import mongoose, { type Connection, type PipelineStage, type QueryFilter } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import { toMinor } from '../domain/pricing/money.ts';
import type { ProblemCode } from '../domain/problems.ts';
import type {
  HistoryRow,
  RefusedPlacement,
  StoredOrder,
  StoredPayment,
  StoredRefund,
} from '../domain/records.ts';
import { toStoredOrder, toStoredRefund } from './documents.ts';
import { createModels, type ItemDocument, type Models, type OrderDocument } from './models.ts';
import { refundsOf } from './refund-store.ts';
import { RefusalStore } from './refusal-store.ts';

/** A place in the list of orders, which is newest first. */
export interface ListPosition {
  createdAt: Date;
  orderId: string;
}

/** Which orders are meant; all of them when empty. `from` is included, `to` is not. */
export interface OrderFilter {
  userId?: string;
  status?: OrderStatus;
  from?: Date;
  to?: Date;
  /** Each of them finds one order, or very few. */
  orderNumber?: string;
  transactionId?: string;
}

/** What tells whose an order is, and whether it is still as it was. */
export interface OrderHead extends ListPosition {
  userId: string;
  version: number;
  updatedAt: Date;
}

type Head = Pick<OrderDocument, Exclude<keyof typeof HEAD, '_id'>>;
const HEAD = { _id: 0, uuid: 1, userId: 1, version: 1, createdAt: 1, updatedAt: 1 } as const;
type Costs = Pick<OrderDocument, 'uuid' | 'totalAmount' | 'currency'>;
const COSTS = { _id: 0, uuid: 1, totalAmount: 1, currency: 1 } as const;
const NEWEST_FIRST = { createdAt: -1, uuid: -1 } as const;

/** What is read of the orders in MongoDB, by the API: plain objects out, every query by an index. */
export class OrderQueries {
  readonly #models: Models;
  readonly #refusals: RefusalStore;

  constructor(readonly connection: Connection) {
    this.#refusals = new RefusalStore(connection);
    this.#models = createModels(connection);
  }

  async find(orderId: string): Promise<StoredOrder | undefined> {
    return (await this.#read({ uuid: orderId }))[0];
  }

  /** Why there is no such order, when its placement was refused. */
  async refusal(orderId: string): Promise<RefusedPlacement | undefined> {
    return this.#refusals.find(orderId);
  }

  /** Those of them that there are, in any order. */
  async findAll(orderIds: readonly string[]): Promise<StoredOrder[]> {
    return this.#read({ uuid: { $in: orderIds } });
  }

  /** What these orders cost, by their ids; amounts in minor units. */
  async totals(orderIds: readonly string[]) {
    const { collection } = this.#models.Order;
    const found = await collection
      .find<Costs>({ uuid: { $in: [...orderIds] } }, { projection: COSTS })
      .toArray();
    return new Map(
      found.map(({ uuid, totalAmount, currency }) => [
        uuid,
        { amount: toMinor(`${totalAmount}`, currency), currency },
      ]),
    );
  }

  /** The order that a user placed with this key. */
  async findByKey(userId: string, idempotencyKey: string): Promise<StoredOrder | undefined> {
    return (await this.#read({ userId, idempotencyKey }))[0];
  }

  async head(orderId: string): Promise<OrderHead | undefined> {
    // Past Mongoose's queries: this is the read that must cost least.
    const { collection } = this.#models.Order;
    const order = await collection.findOne<Head>({ uuid: orderId }, { projection: HEAD });
    return order === null ? undefined : toHead(order);
  }

  /** How many of a user's orders wait for their payment; counted up to `most`. */
  async countUnpaid(userId: string, most: number): Promise<number> {
    return this.#count({ userId, status: 'CREADO' }, most);
  }

  /** How many of a user's orders since then were cancelled as declined; counted up to `most`. */
  async countDeclined(userId: string, since: Date, most: number): Promise<number> {
    const createdAt = mongoose.trusted({ $gte: since });
    const reason = 'payment_declined' satisfies ProblemCode;
    const status = 'CANCELADO';
    return this.#count({ userId, status, createdAt, 'cancellation.reason': reason }, most);
  }

  /** At most `limit` orders after a position, newest first. */
  async list(filter: OrderFilter, limit: number, after?: ListPosition): Promise<OrderHead[]> {
    const { orderNumber, transactionId } = filter;
    const few = {
      ...(orderNumber !== undefined && { orderNumber }),
      ...(transactionId !== undefined && { uuid: await this.#paidBy(transactionId) }),
    };
    const orders = await this.#models.Order.find({ ...listFilter(filter, after), ...few }, HEAD)
      .sort(NEWEST_FIRST)
      .hint(indexOf(filter))
      .limit(limit)
      .lean();
    return orders.map(toHead);
  }

  async #count(filter: QueryFilter<OrderDocument>, limit: number): Promise<number> {
    const hint = { userId: 1, status: 1, ...NEWEST_FIRST } as const;
    return this.#models.Order.countDocuments(filter, { limit, hint });
  }

  async #paidBy(transactionId: string) {
    const payments = await this.#models.Payment.find({ transactionId }, { orderId: 1 }).lean();
    return mongoose.trusted({ $in: payments.map(({ orderId }) => orderId) });
  }

  /** The rows of an order's history, oldest first, as far as the order itself has come. */
  async history({ orderId, version }: OrderHead): Promise<HistoryRow[]> {
    const rows = await this.#models.History.find({
      orderId,
      // A row is written before its order.
      version: mongoose.trusted({ $lte: version }),
    })
      .sort({ version: 1 })
      .lean();
    return rows.map(({ version, status, comment, createdAt, createdBy, note, shippingAddress }) => {
      return {
        ...{ version, status, comment, createdAt, createdBy },
        ...(note && { note }),
        ...(shippingAddress && { shippingAddress }),
      };
    });
  }

  /** One for each attempt to pay, oldest first. */
  async payments(orderId: string): Promise<StoredPayment[]> {
    const payments = await this.#models.Payment.find({ orderId })
      .sort({ createdAt: 1, _id: 1 })
      .lean();
    return payments.map((payment) => ({
      paymentMethod: payment.paymentMethod,
      paymentStatus: payment.paymentStatus,
      amount: toMinor(payment.amount.toString(), payment.currency),
      currency: payment.currency,
      transactionId: payment.transactionId,
      createdAt: payment.createdAt,
      updatedAt: payment.updatedAt,
    }));
  }

  /** The refunds of an order, oldest first. */
  async refunds(orderId: string): Promise<StoredRefund[]> {
    return refundsOf(this.#models, orderId);
  }

  async refund(refundId: string): Promise<StoredRefund | undefined> {
    const found = await this.#models.Refund.findOne({ refundId }).lean();
    return found === null ? undefined : toStoredRefund(found);
  }

  /** Orders with their items, in one round trip: a second would cost the process as much again. */
  async #read(match: PipelineStage.Match['$match']): Promise<StoredOrder[]> {
    const { Order, Item } = this.#models;
    const orders = await Order.aggregate<OrderDocument & { items: ItemDocument[] }>([
      { $match: match },
      {
        $lookup: {
          from: Item.collection.name,
          localField: 'uuid',
          foreignField: 'orderId',
          pipeline: [{ $sort: { _id: 1 } }],
          as: 'items',
        },
      },
    ]);
    return orders.map((order) => toStoredOrder(order, order.items));
  }
}

/** The planner may take an index of other filters, and read what they leave out. */
function indexOf({ userId, status, orderNumber, transactionId }: OrderFilter) {
  if (orderNumber !== undefined) return { orderNumber: 1 } as const;
  if (transactionId !== undefined) return { uuid: 1 } as const;
  return { ...(userId && { userId: 1 }), ...(status && { status: 1 }), ...NEWEST_FIRST } as const;
}

function toHead({ uuid, ...head }: Head): OrderHead {
  return { orderId: uuid, ...head };
}

/**
 * What comes after a position is what is older, or of the same instant with a smaller id. Each of
 * the two is a stretch of one index, so that a page far down the list reads only itself.
 */
function listFilter({ userId, status, from, to }: OrderFilter, after: ListPosition | undefined) {
  const same = { ...(userId !== undefined && { userId }), ...(status !== undefined && { status }) };
  const placedBefore = (end: Date | undefined) => {
    const bounds = { ...(from && { $gte: from }), ...(end && { $lt: end }) };
    return { ...same, ...((from || end) && { createdAt: mongoose.trusted(bounds) }) };
  };
  if (after === undefined) return placedBefore(to);
  const { createdAt, orderId } = after;
  return {
    $or: [
      placedBefore(createdAt),
      { ...same, createdAt, uuid: mongoose.trusted({ $lt: orderId }) },
    ],
  };
}
