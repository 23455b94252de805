import mongoose, { type Connection, type mongo } from 'mongoose';
import { ERASED_TEXT } from '../domain/erased.ts';
import type { PaymentStatus } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';

/** An entry of what was erased, and for whom; it is kept. */
export interface ErasureRecord {
  userId: string;
  by: string;
  at: Date;
  orders: number;
  dataKeys: number;
}

interface OrderRange {
  userId: string;
  before: Date;
  after: string;
}

const OPEN: OrderStatus[] = ['CREADO', 'PAGADO'];
/** Money that is not settled needs its order as it is. */
const UNSETTLED: PaymentStatus[] = ['pending', 'unknown', 'refund_pending'];
const PROGRAMS = ['system', 'reconciler'];

const address = (name: string) => ({
  ...Object.fromEntries(
    ['street', 'city', 'state', 'postalCode'].map((field) => [field, ERASED_TEXT]),
  ),
  // Taxes were computed by it.
  country: `$${name}.country`,
});

/** Amounts, products, times and the customer's id stay: books have to be kept. */
const REDACTED: mongo.Document[] = [
  {
    $set: {
      shippingAddress: address('shippingAddress'),
      billingAddress: address('billingAddress'),
      cancellation: {
        $cond: [
          { $in: [{ $ifNull: ['$cancellation.by', 'system'] }, PROGRAMS] },
          { $ifNull: ['$cancellation', '$$REMOVE'] },
          { reason: ERASED_TEXT, by: '$cancellation.by' },
        ],
      },
      // What a repeat of the request would be compared with; whoever knows the order could guess it.
      requestHash: { $cond: [{ $gt: ['$requestHash', null] }, ERASED_TEXT, '$$REMOVE'] },
      // Readers that keep copies of orders have to see that they changed.
      updatedAt: '$$NOW',
    },
  },
  { $unset: ['metadata', 'idempotencyKey', 'shipment.trackingNumber'] },
];

/** What a customer wrote is taken out of the orders that are at their end. */
export class ErasureStore {
  constructor(readonly connection: Connection) {}

  /** Orders that are not at their end, at most `limit`. */
  async openOrders(userId: string, limit: number): Promise<string[]> {
    const orders = this.connection.collection('orders');
    const open = { userId, status: { $in: OPEN } };
    const found = await orders.find(open, { projection: { uuid: 1 }, limit }).toArray();
    return found.map(({ uuid }) => uuid);
  }

  /** The ids of a customer's orders from before a time, after one of them, in their order. */
  async ordersOf({ userId, before, after }: OrderRange, limit: number): Promise<string[]> {
    const orders = this.connection.collection('orders');
    const filter = { userId, createdAt: { $lt: before }, uuid: { $gt: after } };
    const found = await orders
      .find(filter, { projection: { uuid: 1 } })
      .sort({ uuid: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ uuid }) => uuid);
  }

  /** Those of these orders whose money is not settled. */
  async unsettled(orderIds: readonly string[]): Promise<string[]> {
    const filter = { orderId: { $in: [...orderIds] }, paymentStatus: { $in: UNSETTLED } };
    return this.connection.collection('payments').distinct('orderId', filter);
  }

  /** May be repeated. */
  async redact(orderIds: readonly string[]): Promise<void> {
    const ids = { $in: [...orderIds] };
    const history = this.connection.collection('orderstatushistory');
    await history.updateMany(
      { orderId: ids, status: 'CANCELADO', createdBy: { $nin: PROGRAMS } },
      { $set: { comment: ERASED_TEXT } },
    );
    await history.updateMany({ orderId: ids }, { $unset: { note: '', shippingAddress: '' } });
    await this.connection
      .collection('refunds')
      .updateMany({ orderId: ids }, { $unset: { reason: '', decisionReason: '' } });
    await this.connection
      .collection('payments')
      .updateMany({ orderId: ids }, { $unset: { metadata: '' } });
    await this.connection.collection('orders').updateMany({ uuid: ids }, REDACTED);
  }

  /** Kept once for each `id`. */
  async keepRecord(id: string, record: ErasureRecord): Promise<void> {
    const { Int32 } = mongoose.mongo;
    await this.connection.collection<{ _id: string }>('erasures').updateOne(
      { _id: id },
      {
        $setOnInsert: {
          ...record,
          orders: new Int32(record.orders),
          dataKeys: new Int32(record.dataKeys),
        },
      },
      { upsert: true },
    );
  }
}
