import { z } from '@hono/zod-openapi';
import { paymentMethods, paymentStatuses } from '../../domain/order.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { amount, currency, Order, StoredAddress, total } from './orders.ts';

/** A time, or a date that stands for its first moment in UTC. */
const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a date or a time in ISO 8601')
  .transform((text) => new Date(text))
  .openapi({ type: 'string', example: '2026-11-22T17:00:00Z' });

/** A number in the query, between two bounds. */
export const limit = (standard: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, 'must be a number')
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(standard)
    .openapi({ type: 'integer', minimum: 1, maximum: max, default: standard });

const filters = {
  status: z.enum(orderStatuses).optional(),
  from: moment.optional().openapi({ description: 'Placed at this time or later (ISO 8601)' }),
  to: moment.optional().openapi({
    description: 'Placed before this time (ISO 8601)',
    example: '2026-12-22T17:00:00Z',
  }),
  userId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: "For admins: this user's orders; without it, everyone's" }),
  orderNumber: z.string().min(1).max(50).optional().openapi({ example: 'ORD-7K3M-Q9XD' }),
  transactionId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: "The payment provider's number of a payment" }),
};

const inOrder = {
  path: ['to'],
  error: 'must be later than from',
};
const isInOrder = ({ from, to }: { from?: Date | undefined; to?: Date | undefined }) =>
  !(from && to) || from < to;

export const ExportOrders = z.strictObject(filters).refine(isInOrder, inOrder);

export const ListOrders = z
  .strictObject({
    ...filters,
    limit: limit(20, 100),
    cursor: z
      .string()
      .max(300)
      .optional()
      .openapi({ description: 'From the page before, with the same filters' }),
  })
  .refine(isInOrder, inOrder);
export type ListOrders = z.output<typeof ListOrders>;

export const OrderPage = z
  .object({
    orders: z.array(Order),
    nextCursor: z.string().optional().openapi({ description: 'Absent on the last page' }),
  })
  .openapi('OrderPage');

export const HistoryEntry = z.object({
  version: z.int().openapi({ example: 2 }),
  status: z.enum(orderStatuses),
  comment: z.string().openapi({ example: 'payment captured' }),
  createdAt: z.iso.datetime(),
  createdBy: z.string().openapi({
    description: 'The customer, "system", "reconciler" or "support"; admins see names',
    example: 'system',
  }),
  note: z.string().optional().openapi({ description: 'Of the shop to itself: for admins' }),
  shippingAddress: z
    .object({ before: StoredAddress, after: StoredAddress })
    .optional()
    .openapi({ description: 'Where the order went, and goes from then on' }),
});

export const OrderHistory = z
  .object({ orderId: z.uuid(), history: z.array(HistoryEntry) })
  .openapi('OrderHistory', { description: 'Oldest first' });

export const PaymentView = z.object({
  paymentMethod: z.enum(paymentMethods),
  paymentStatus: z.enum(paymentStatuses).openapi({
    description: '"unknown": asked for, and not answered yet; nobody is charged twice',
  }),
  amount,
  currency,
  total,
  transactionId: z.string().optional(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** What an answer may hold of an order beside itself. */
export const ExpandOrder = z.object({
  expand: z
    .string()
    .regex(/^(payments|history)(,(payments|history))?$/, 'must be payments, history, or both')
    .transform((names) => names.split(','))
    .optional()
    .openapi({
      type: 'string',
      pattern: '^(payments|history)(,(payments|history))?$',
      description: 'Also the payments, the history, or both, in one answer; it has no ETag',
      example: 'payments,history',
    }),
});

export const ExpandedOrder = Order.extend({
  payments: z.array(PaymentView).optional().openapi({ description: 'With expand' }),
  history: z.array(HistoryEntry).optional().openapi({ description: 'With expand; oldest first' }),
}).openapi('ExpandedOrder');

export const OrderPayments = z
  .object({ orderId: z.uuid(), payments: z.array(PaymentView) })
  .openapi('OrderPayments');
