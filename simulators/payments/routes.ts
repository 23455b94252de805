import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer, jsonBody } from '../shared/content.ts';
import { problemAnswer } from '../shared/problem.ts';

const key = z.string().min(1).max(255);
const amount = z.string().max(24).meta({
  description: "Major units as decimal text with exactly the currency's number of decimals",
  example: '59.98',
});
const currency = z.string().regex(/^[A-Z]{3}$/);
const method = z.enum(['credit_card', 'paypal', 'bank_transfer']);

const paymentSchema = z
  .object({
    transactionId: z.string().optional(),
    key,
    orderId: z.string().optional(),
    status: z.enum(['completed', 'pending', 'failed', 'refunded', 'voided', 'expired']),
    amount: amount.optional(),
    capturedAmount: amount.optional(),
    refundedAmount: amount.optional(),
    currency: currency.optional(),
    method: method.optional(),
    reason: z.string().optional().meta({ description: 'Why a failed payment was declined' }),
    late: z.boolean().optional().meta({ description: 'Money that nobody waited for any more' }),
  })
  .meta({ id: 'Payment', description: 'A key voided before its charge has only key and status' });

const refundSchema = z
  .object({ refundId: z.string(), refundKey: key, amount, payment: paymentSchema })
  .meta({ id: 'Refund' });

const idempotencyKey = z.object({ 'Idempotency-Key': key });
const byKey = z.object({ key });

export const moneyReceived = z.strictObject({
  amount: amount.optional(),
  currency: currency.optional(),
});

export const charge = createRoute({
  method: 'post',
  path: '/api/payments',
  summary: 'Charge; repeatable with the same key',
  request: {
    headers: idempotencyKey,
    body: jsonBody(
      z.object({ orderId: key, amount, currency, method, token: z.string().max(255).optional() }),
    ),
  },
  responses: {
    201: jsonAnswer('Captured, or pending for a bank transfer', paymentSchema),
    200: jsonAnswer('Charged before by the same request: its present state', paymentSchema),
    400: problemAnswer('idempotency_key_required, invalid_request'),
    402: problemAnswer('payment_declined, with the reason; repeats answer the same'),
    409: problemAnswer('payment_voided: the key was voided before'),
    422: problemAnswer('idempotency_key_reused, invalid_amount, unsupported_currency'),
  },
});

export const getByKey = createRoute({
  method: 'get',
  path: '/api/payments/by-key/{key}',
  summary: 'What became of a charge',
  request: { params: byKey },
  responses: {
    200: jsonAnswer('The payment as it is now', paymentSchema),
    404: problemAnswer('payment_not_found: the key was never seen'),
  },
});

export const lookUp = createRoute({
  method: 'post',
  path: '/api/payments/lookup',
  summary: 'What became of many charges; keys that were never seen are left out',
  request: { body: jsonBody(z.object({ keys: z.array(key).max(500) })) },
  responses: {
    200: jsonAnswer('The payments as they are now', z.object({ payments: z.array(paymentSchema) })),
    400: problemAnswer('invalid_request'),
  },
});

export const voidByKey = createRoute({
  method: 'post',
  path: '/api/payments/by-key/{key}/void',
  summary: 'Undo a charge: refund what was captured, or stop one that lands later; repeatable',
  request: { params: byKey },
  responses: { 200: jsonAnswer('The payment as it is now', paymentSchema) },
});

export const refundByKey = createRoute({
  method: 'post',
  path: '/api/payments/by-key/{key}/refund',
  summary: 'Give back part of a captured payment; repeatable with the same key',
  request: {
    params: byKey,
    headers: idempotencyKey,
    body: jsonBody(z.object({ amount })),
  },
  responses: {
    201: jsonAnswer('Refunded', refundSchema),
    200: jsonAnswer('Refunded before by the same request', refundSchema),
    400: problemAnswer('idempotency_key_required, invalid_request'),
    404: problemAnswer('payment_not_found'),
    422: problemAnswer('refund_exceeds_captured, idempotency_key_reused, invalid_amount'),
  },
});
