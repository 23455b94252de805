import { randomUUID } from 'node:crypto';
import type { NewOrder } from '../../../src/domain/records.ts';
import { address } from '../api/requests.ts';

/** An order as the store takes it, in a currency of three decimals. */
export function newOrder(orderId: string = randomUUID()): NewOrder {
  const line = { productId: 'P-1', productName: 'Mug', productSku: 'MUG', quantity: 2 };
  return {
    orderId,
    userId: 'ana',
    items: [{ productId: 'P-1', quantity: 2 }],
    currency: 'KWD',
    lines: [{ ...line, unitPrice: 1234, discountAmount: 0, totalPrice: 2468 }],
    taxAmount: 0,
    shippingAmount: 0,
    totalAmount: 2468,
    shippingAddress: address,
    billingAddress: address,
    createdAt: '2026-01-02T03:04:05.678Z',
    requestHash: 'hash',
  };
}
