import { createHash } from 'node:crypto';
import mongoose, { type Types } from 'mongoose';
import { customerFields } from '../domain/order.ts';
import { toMajor, toMinor } from '../domain/pricing/money.ts';
import type { NewOrder, RecordedState, StoredOrder, StoredRefund } from '../domain/records.ts';
import type { HistoryDocument, ItemDocument, OrderDocument, RefundDocument } from './models.ts';

/** Minor units as the Decimal128 in major units that is stored. */
export function decimal(minor: number, currency: string): Types.Decimal128 {
  return new mongoose.Types.Decimal128(toMajor(minor, currency));
}

export function orderDocument(order: NewOrder, orderNumber: string): OrderDocument {
  const { orderId: uuid, currency, userId, idempotencyKey, requestHash, pricing } = order;
  const createdAt = new Date(order.createdAt);
  return {
    uuid,
    orderNumber,
    userId,
    status: 'CREADO',
    version: 1,
    currency,
    totalAmount: decimal(order.totalAmount, currency),
    taxAmount: decimal(order.taxAmount, currency),
    shippingAmount: decimal(order.shippingAmount, currency),
    pricing,
    ...pick(order, customerFields),
    idempotencyKey,
    requestHash,
    createdAt,
    updatedAt: createdAt,
  };
}

/** The lines of an order, with ids that are the same each time and keep their order. */
export function itemDocuments({ orderId, lines, currency, createdAt }: NewOrder) {
  const hash = createHash('sha256').update(orderId).digest();
  const at = new Date(createdAt);
  return lines.map((line, index) => {
    const id = Buffer.from(hash.subarray(0, 12));
    id.writeUInt32BE(index, 8);
    return {
      _id: new mongoose.Types.ObjectId(id),
      ...line,
      orderId,
      currency,
      unitPrice: decimal(line.unitPrice, currency),
      totalPrice: decimal(line.totalPrice, currency),
      discountAmount: decimal(line.discountAmount, currency),
      createdAt: at,
      updatedAt: at,
    };
  });
}

export function toStoredOrder(order: OrderDocument, items: readonly ItemDocument[]): StoredOrder {
  const { currency } = order;
  // Not every version of the schema asked for every amount.
  const minor = (amount?: Types.Decimal128) =>
    amount === undefined ? 0 : toMinor(amount.toString(), currency);
  return {
    orderId: order.uuid,
    ...pick(order, customerFields),
    ...pick(order, [
      'orderNumber',
      'userId',
      'status',
      'version',
      'createdAt',
      'updatedAt',
      'paidAt',
      'shippedAt',
      'cancelledAt',
      'shipment',
      'cancellation',
      'requestHash',
      'pricing',
    ]),
    currency,
    ...(order.delivery && { deliveredAt: order.delivery.at }),
    ...(order.refunds?.length && {
      refundedAmount: order.refunds.reduce((sum, { amount }) => sum + minor(amount), 0),
    }),
    totalAmount: minor(order.totalAmount),
    taxAmount: minor(order.taxAmount),
    shippingAmount: minor(order.shippingAmount),
    lines: items.map((item) => ({
      lineId: item._id.toHexString(),
      ...pick(item, ['productId', 'productName', 'productSku', 'quantity']),
      unitPrice: minor(item.unitPrice),
      discountAmount: minor(item.discountAmount),
      totalPrice: minor(item.totalPrice),
    })),
  };
}

export function toStoredRefund({ amount, ...refund }: RefundDocument): StoredRefund {
  return {
    ...pick(refund, [
      ...(['refundId', 'orderId', 'kind', 'status', 'shipping', 'currency', 'restock'] as const),
      ...(['reason', 'by', 'decidedBy', 'decisionReason', 'transactionId'] as const),
      ...(['requestHash', 'createdAt', 'updatedAt'] as const),
    ]),
    lines: refund.lines.map(({ productId, quantity }) => ({ productId, quantity })),
    amount: toMinor(amount.toString(), refund.currency),
  };
}

/** What an order's workflow has to know of it; a row that keeps the status is no transition. */
export function toRecordedState(
  order: OrderDocument,
  documents: readonly ItemDocument[],
  history: readonly HistoryDocument[],
): RecordedState {
  const {
    status,
    version,
    createdAt,
    lines: items,
    currency,
    ...stored
  } = toStoredOrder(order, documents);
  const { totalAmount, taxAmount, shippingAmount } = stored;
  const transitions = history.flatMap(({ status: to, comment, createdAt: at, ...row }, index) => {
    const from = history[index - 1]?.status;
    return from === undefined || from === to
      ? []
      : [{ version: row.version, from, to, comment, at: at.toISOString() }];
  });
  const lines = items.map(({ lineId, ...line }) => line);
  const changes = history
    .filter((row) => row.shippingAddress !== undefined)
    .map((row) => ({ version: row.version, at: row.createdAt.toISOString() }));
  const sold = { currency, lines, totalAmount, taxAmount, shippingAmount };
  const { orderNumber, shippingAddress } = order;
  return {
    ...{ orderNumber, status, version, createdAt: createdAt.toISOString(), sold, transitions },
    ...(changes.length > 0 && { moved: { shippingAddress, changes } }),
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  const entries = keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]);
  return Object.fromEntries(entries) as Pick<T, K>;
}
