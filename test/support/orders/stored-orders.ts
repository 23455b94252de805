import { randomUUID } from 'node:crypto';
import { orderNumberOf } from '../../../src/domain/order-number.ts';
import type { OrderStatus } from '../../../src/domain/order-status.ts';
import { itemDocuments, orderDocument } from '../../../src/store/documents.ts';
import { address } from '../api/requests.ts';
import type { Stack } from '../stack.ts';

interface Seed {
  /** ISO 8601. */
  createdAt: string;
  status?: OrderStatus;
  idempotencyKey?: string;
  requestHash?: string;
  cancellation?: { reason: string; by: string };
}

/** Puts orders of a user into MongoDB as they would lie there, without workflows; answers their ids. */
export async function storedOrders(
  db: Stack['db'],
  userId: string,
  seeds: readonly Seed[],
): Promise<string[]> {
  const line = { productId: 'P-1', productName: 'Mug', productSku: 'MUG', quantity: 1 };
  const orders = seeds.map((seed) => ({
    orderId: randomUUID(),
    userId,
    items: [],
    currency: 'EUR',
    lines: [{ ...line, unitPrice: 1999, discountAmount: 0, totalPrice: 1999 }],
    taxAmount: 0,
    shippingAmount: 0,
    totalAmount: 1999,
    shippingAddress: address,
    billingAddress: address,
    requestHash: 'hash',
    ...seed,
  }));
  await db.collection('orders').insertMany(
    orders.map((order) => {
      const { metadata, idempotencyKey, ...document } = orderDocument(
        order,
        orderNumberOf(order.orderId),
      );
      const { status = 'CREADO', cancellation } = order;
      return {
        ...document,
        status,
        ...(idempotencyKey && { idempotencyKey }),
        ...(cancellation && { cancellation }),
      };
    }),
  );
  await db.collection('orderitems').insertMany(orders.flatMap(itemDocuments));
  return orders.map(({ orderId }) => orderId);
}
