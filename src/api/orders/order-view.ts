import type { z } from '@hono/zod-openapi';
import { toMajor, toMajorNumber } from '../../domain/pricing/money.ts';
import type { HistoryRow, StoredOrder, StoredPayment } from '../../domain/records.ts';
import type { Order } from '../schemas/orders.ts';
import type { HistoryEntry, Payment } from '../schemas/reads.ts';

/** An order as clients see it: amounts as numbers in major units, the total also exactly. */
export function orderView(order: StoredOrder): z.output<typeof Order> {
  const { currency, lines, requestHash, createdAt, updatedAt, totalAmount, ...rest } = order;
  const { paidAt, shippedAt, cancelledAt, taxAmount, shippingAmount, ...same } = rest;
  const major = (minor: number) => toMajorNumber(minor, currency);
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

/** A payment as clients see it. */
export function paymentView(payment: StoredPayment): z.output<typeof Payment> {
  const { amount: minor, currency, createdAt, updatedAt, ...same } = payment;
  const amount = toMajor(minor, currency);
  return {
    ...same,
    currency,
    amount: toMajorNumber(minor, currency),
    total: { amount, minor, currency },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A row of the history as clients see it. */
export function historyView(row: HistoryRow): z.output<typeof HistoryEntry> {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
