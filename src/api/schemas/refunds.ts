import { z } from '@hono/zod-openapi';
import { refundKinds, refundStatuses } from '../../domain/refund.ts';
import { amount, currency, productId, text, total } from './orders.ts';
import { PlaceOrderHeaders } from './parameters.ts';

const lines = z
  .array(z.strictObject({ productId, quantity: z.int().min(1).max(100_000) }))
  .min(1)
  .max(100);

const reason = text(200).optional();

const restock = z
  .boolean()
  .default(false)
  .openapi({ description: 'Whether the goods go back into the stock' });

const RefundLines = z
  .strictObject({
    lines: lines.openapi({ description: 'What comes back, with its share of the tax' }),
    shipping: z
      .boolean()
      .optional()
      .openapi({ description: 'Also what the shipping cost, with its tax; once for an order' }),
    reason,
    restock,
  })
  .openapi('RefundLines', { example: { lines: [{ productId: 'P-1001', quantity: 1 }] } });

const RefundShipping = z
  .strictObject({ shipping: z.literal(true), reason })
  .openapi('RefundShipping', { example: { shipping: true } });

const RefundAmount = z
  .strictObject({
    amount: z
      .union([
        z.number().positive().openapi({ format: 'double' }),
        z.string().regex(/^\d{1,15}(\.\d{1,4})?$/),
      ])
      .transform(String)
      .openapi({ description: 'In major units, such as 5.00' }),
    reason,
  })
  .openapi('RefundAmount', { example: { amount: '5.00', reason: 'late' } });

const RefundAll = z
  .strictObject({ all: z.literal(true), reason, restock })
  .openapi('RefundAll', { example: { all: true, restock: true } });

export const RefundOrder = z
  .union([RefundLines, RefundShipping, RefundAmount, RefundAll])
  .openapi('RefundOrder', { example: { lines: [{ productId: 'P-1001', quantity: 1 }] } });

export const Withdraw = z.strictObject({ lines: lines.optional(), reason }).openapi('Withdraw', {
  description: 'Without lines: from the whole order, what the shipping cost included',
  example: { lines: [{ productId: 'P-1001', quantity: 1 }] },
});

export const WithdrawalHeaders = PlaceOrderHeaders.pick({ 'idempotency-key': true });

export const DecideRefund = z
  .strictObject({ reason })
  .openapi('DecideRefund', { example: { reason: 'the parcel never came back' } });

export const Refund = z
  .object({
    refundId: z.uuid(),
    orderId: z.uuid(),
    kind: z.enum(refundKinds).openapi({
      description: '"shop", the customer\'s "withdrawal", or made at the "provider"',
    }),
    status: z.enum(refundStatuses).openapi({
      description: '"requested" waits for the shop; "pending" is being given back',
    }),
    lines: z.array(z.object({ productId: z.string(), quantity: z.int() })),
    shipping: z.boolean(),
    amount,
    total,
    currency,
    restock: z.boolean(),
    reason: z.string().optional(),
    by: z.string().openapi({ description: 'Who asked for it, as in the history' }),
    decidedBy: z.string().optional(),
    decisionReason: z.string().optional(),
    transactionId: z.string().optional(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi('Refund');

export const OrderRefunds = z
  .object({ orderId: z.uuid(), refunds: z.array(Refund) })
  .openapi('OrderRefunds');

export const AcceptedRefund = z
  .object({ refundId: z.uuid(), orderId: z.uuid(), status: z.literal('accepted') })
  .openapi('AcceptedRefund');
