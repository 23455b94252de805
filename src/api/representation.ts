import type { z } from '@hono/zod-openapi';
import { toMajor } from '../domain/money.ts';
import type { StoredOrder } from '../domain/records.ts';
import type { Order } from './schemas.ts';

/** An order as clients see it: amounts as numbers in major units, the total also exactly. */
export function representOrder(order: StoredOrder): z.output<typeof Order> {
  const { currency, lines, requestHash, createdAt, updatedAt, totalAmount, ...rest } = order;
  const { paidAt, shippedAt, cancelledAt, taxAmount, shippingAmount, ...same } = rest;
  const major = (minor: number) => Number(toMajor(minor, currency));
  return {
    ...same,
    currency,
    total: { amount: toMajor(totalAmount, currency), minor: totalAmount, currency },
    totalAmount: major(totalAmount),
    taxAmount: major(taxAmount),
    shippingAmount: major(shippingAmount),
    items: lines.map((line) => ({
      ...line,
      unitPrice: major(line.unitPrice),
      discountAmount: major(line.discountAmount),
      totalPrice: major(line.totalPrice),
    })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    paidAt: paidAt?.toISOString(),
    shippedAt: shippedAt?.toISOString(),
    cancelledAt: cancelledAt?.toISOString(),
  };
}

/** The ETag of an order: its version says all that changes in it. */
export function etagOf(order: Pick<StoredOrder, 'version'>): string {
  return `"${order.version}"`;
}
