import { z } from '@hono/zod-openapi';
import { orderStatuses } from '../domain/order-status.ts';
import { text } from './schemas.ts';
import { limit } from './schemas-reads.ts';

const note = text(200).optional().openapi({ description: 'Goes into the history' });
const transactionId = text(200).openapi({ description: "The payment provider's number" });

export const CancelOrder = z
  .strictObject({ reason: text(200).optional() })
  .openapi('CancelOrder', { example: { reason: 'ordered twice' } });

const MarkShipped = z
  .strictObject({
    status: z.literal('ENVIADO'),
    carrier: text(100).optional(),
    trackingNumber: text(100).optional(),
  })
  .openapi('MarkShipped', { example: { status: 'ENVIADO', carrier: 'Correos' } });

const MarkPaid = z
  .strictObject({ status: z.literal('PAGADO'), transactionId, note })
  .openapi('MarkPaid', { example: { status: 'PAGADO', transactionId: 'tx-77' } });

const MarkCancelled = z
  .strictObject({ status: z.literal('CANCELADO'), reason: text(200) })
  .openapi('MarkCancelled', { example: { status: 'CANCELADO', reason: 'customer called' } });

export const ChangeStatus = z
  .discriminatedUnion('status', [MarkShipped, MarkPaid, MarkCancelled])
  .openapi('ChangeStatus');
export type ChangeStatus = z.output<typeof ChangeStatus>;

export const RetryOrder = z
  .strictObject({ note })
  .openapi('RetryOrder', { example: { note: 'payments is back' } });

export const ConfirmPayment = z
  .strictObject({ transactionId, note })
  .openapi('ConfirmPayment', { example: { transactionId: 'tx-77', note: 'seen at the bank' } });

export const ConfirmRefund = z
  .strictObject({
    transactionId: transactionId.openapi({
      description: 'The number of the refund; "none" when there was nothing to give back',
    }),
    note,
  })
  .openapi('ConfirmRefund', { example: { transactionId: 'rf-12', note: 'sent by the bank' } });

const word = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, 'must be a word, as the list of stuck orders has it');
const filter = { failedStep: word.optional(), failureType: word.optional() };

export const ListStuck = z.strictObject({
  ...filter,
  limit: limit(50, 500),
  pageToken: z.string().max(4_000).optional(),
});

export const StuckOrders = z
  .object({
    orders: z.array(
      z.object({
        orderId: z.uuid(),
        step: z.string().openapi({
          description:
            '"code": the workflow fails, and nothing reaches it before it is mended; "reconcile": a report that only a person can settle',
          example: 'chargePayment',
        }),
        failure: z.string().openapi({ example: 'payments_transient' }),
        since: z.iso.datetime(),
        orderStatus: z.enum(orderStatuses).optional(),
        userId: z.string().optional(),
        url: z.string().openapi({ description: 'Its page in the Web UI of Temporal' }),
      }),
    ),
    total: z.int(),
    nextPageToken: z.string().optional().openapi({ description: 'Absent on the last page' }),
  })
  .openapi('StuckOrders');

export const RetryStuck = z
  .strictObject({ ...filter, note })
  .openapi('RetryStuck', { example: { failedStep: 'chargePayment', note: 'payments is back' } });

const count = (description: string) => z.int().openapi({ description });

export const RetriedStuck = z
  .object({
    matched: count('Stuck orders that fit'),
    retried: count('Trying again now'),
    refused: count('Not stuck any more'),
    unreachable: count('Did not answer'),
    left: count('Not reached before the time was over: ask again'),
  })
  .openapi('RetriedStuck');
