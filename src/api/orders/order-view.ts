import type { z } from '@hono/zod-openapi';
import { toMajor, toMajorNumber } from '../../domain/pricing/money.ts';
import type { HistoryRow, StoredOrder, StoredPayment, StoredRefund } from '../../domain/records.ts';
import type { Caller } from '../middleware/authenticate.ts';
import type { Order } from '../schemas/orders.ts';
import type { HistoryEntry, PaymentView } from '../schemas/reads.ts';
import type { Refund } from '../schemas/refunds.ts';

/** Whom a view is for: customers see neither the names of the shop's people nor their notes. */
export type Audience = 'customer' | 'admin';

/** What stands for the names of the shop's people. */
const SUPPORT = 'support';
const PROGRAMS = ['system', 'reconciler'];

export function audienceOf({ isAdmin }: Pick<Caller, 'isAdmin'>): Audience {
  return isAdmin ? 'admin' : 'customer';
}

/** An order as clients see it: amounts as numbers in major units, and exactly. */
export function orderView(order: StoredOrder, audience: Audience): z.output<typeof Order> {
  const { currency, lines, requestHash, createdAt, updatedAt, totalAmount, ...rest } = order;
  const { paidAt, shippedAt, cancelledAt, taxAmount, shippingAmount, ...others } = rest;
  const { cancellation, deliveredAt, refundedAmount, ...same } = others;
  const major = (minor: number) => toMajorNumber(minor, currency);
  return {
    ...same,
    currency,
    total: exact(totalAmount, currency),
    totalAmount: major(totalAmount),
    taxAmount: major(taxAmount),
    shippingAmount: major(shippingAmount),
    tax: exact(taxAmount, currency),
    shipping: exact(shippingAmount, currency),
    items: lines.map((line) => ({
      ...line,
      price: exact(line.unitPrice, currency),
      discount: exact(line.discountAmount, currency),
      total: exact(line.totalPrice, currency),
      unitPrice: major(line.unitPrice),
      discountAmount: major(line.discountAmount),
      totalPrice: major(line.totalPrice),
    })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    paidAt: paidAt?.toISOString(),
    shippedAt: shippedAt?.toISOString(),
    cancelledAt: cancelledAt?.toISOString(),
    deliveredAt: deliveredAt?.toISOString(),
    ...(refundedAmount !== undefined && { refundedTotal: exact(refundedAmount, currency) }),
    ...(cancellation && {
      cancellation: { ...cancellation, by: actor(cancellation.by, order, audience) },
    }),
  };
}

/** A payment as clients see it. */
export function paymentView(payment: StoredPayment): z.output<typeof PaymentView> {
  const { amount: minor, currency, createdAt, updatedAt, ...same } = payment;
  return {
    ...same,
    currency,
    amount: toMajorNumber(minor, currency),
    total: exact(minor, currency),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A refund as clients see it. */
export function refundView(
  { requestHash, amount, currency, createdAt, updatedAt, ...refund }: StoredRefund,
  order: Pick<StoredOrder, 'userId'>,
  audience: Audience,
): z.output<typeof Refund> {
  const { by, decidedBy } = refund;
  return {
    ...refund,
    currency,
    amount: toMajorNumber(amount, currency),
    total: exact(amount, currency),
    by: actor(by, order, audience),
    ...(decidedBy && { decidedBy: actor(decidedBy, order, audience) }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A row of an order's history as clients see it. */
export function historyView(
  { note, ...row }: HistoryRow,
  order: Pick<StoredOrder, 'userId'>,
  audience: Audience,
): z.output<typeof HistoryEntry> {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    createdBy: actor(row.createdBy, order, audience),
    ...(audience === 'admin' && note && { note }),
  };
}

function exact(minor: number, currency: string) {
  return { amount: toMajor(minor, currency), minor, currency };
}

function actor(by: string, { userId }: Pick<StoredOrder, 'userId'>, audience: Audience): string {
  const isShown = audience === 'admin' || by === userId || PROGRAMS.includes(by);
  return isShown ? by : SUPPORT;
}
