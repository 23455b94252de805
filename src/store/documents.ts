import mongoose, { type Types } from 'mongoose';
import { toMajor, toMinor } from '../domain/money.ts';
import type { StoredOrder } from '../domain/records.ts';
import type { ItemDocument, OrderDocument } from './models.ts';

/** Minor units as the Decimal128 in major units that is stored. */
export function decimal(minor: number, currency: string): Types.Decimal128 {
  return new mongoose.Types.Decimal128(toMajor(minor, currency));
}

export function toStoredOrder(order: OrderDocument, items: readonly ItemDocument[]): StoredOrder {
  const { currency } = order;
  const minor = (amount: Types.Decimal128) => toMinor(amount.toString(), currency);
  return {
    orderId: order.uuid,
    ...pick(order, [
      'orderNumber',
      'userId',
      'status',
      'version',
      'shippingAddress',
      'billingAddress',
      'createdAt',
      'updatedAt',
      'paidAt',
      'shippedAt',
      'cancelledAt',
      'shipment',
      'cancellation',
      'metadata',
      'requestHash',
    ]),
    currency,
    totalAmount: minor(order.totalAmount),
    taxAmount: minor(order.taxAmount),
    shippingAmount: minor(order.shippingAmount),
    lines: items.map((item) => ({
      ...pick(item, ['productId', 'productName', 'productSku', 'quantity']),
      unitPrice: minor(item.unitPrice),
      discountAmount: minor(item.discountAmount),
      totalPrice: minor(item.totalPrice),
    })),
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  const entries = keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]);
  return Object.fromEntries(entries) as Pick<T, K>;
}
