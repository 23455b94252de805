import { z } from '@hono/zod-openapi';
import { DEFAULT_PER_SECOND, PER_SECOND_LIMITS } from '../../contract/bulk-action.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { identifier, text } from './orders.ts';
import { limit } from './reads.ts';

export const note = text(200)
  .optional()
  .openapi({ description: 'Goes into the history, for the shop itself: customers never see it' });
export const transactionId = identifier(200).openapi({
  description: "The payment provider's number",
});

export const CancelOrder = z
  .strictObject({ reason: text(200).optional() })
  .openapi('CancelOrder', { example: { reason: 'ordered twice' } });

const MarkShipped = z
  .strictObject({
    status: z.literal('ENVIADO'),
    carrier: text(100).optional(),
    trackingNumber: identifier(100).optional(),
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

const word = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, 'must be a word, as the list of stuck orders has it');
const filter = { failedStep: word.optional(), failureType: word.optional() };

export const ListStuck = z.strictObject({
  ...filter,
  limit: limit(50, 500),
  cursor: z
    .string()
    .max(4_000)
    .optional()
    .openapi({ description: 'From the page before, with the same filters' }),
});

const pausedStep = z
  .object({
    step: z.string(),
    since: z.iso.datetime().optional(),
    by: z.string().optional().openapi({ description: 'As the server was told' }),
    reason: z.string().optional(),
  })
  .openapi({ example: { step: 'chargePayment', since: '2026-01-02T03:04:05.000Z', by: 'olga' } });

const stuckOrder = z.object({
  workflowId: z.string().openapi({ description: 'What is stuck, as Temporal names it' }),
  orderId: z.uuid().optional().openapi({
    description: "The order that it is, or is about; absent for the service's own workflows",
  }),
  orderNumber: z.string().optional().openapi({ example: 'ORD-7K3M-Q9XD' }),
  step: z.string().openapi({
    description:
      '"reconcile": a discrepancy that only a person can settle; "code": the workflow task keeps failing; "paused": paused by a person; "pausedStep": a step of it is paused, and it is not stuck otherwise',
    example: 'chargePayment',
  }),
  failure: z.string().openapi({ example: 'payments_transient' }),
  since: z.iso.datetime(),
  isPaused: z.boolean().openapi({ description: 'Nothing reaches it until it is unpaused' }),
  pausedSteps: z.array(pausedStep).openapi({
    description: 'Steps that a person has paused: they run again when they are unpaused',
  }),
  isFailing: z.boolean().openapi({
    description: 'Its workflow task keeps failing: nothing reaches it until the code is repaired',
  }),
  orderStatus: z.enum(orderStatuses).optional(),
  userId: z.string().optional(),
  url: z.string().openapi({ description: 'Its page in the Web UI of Temporal' }),
});

export const StuckOrders = z
  .object({
    orders: z.array(stuckOrder),
    total: z.int(),
    nextCursor: z.string().optional().openapi({ description: 'Absent on the last page' }),
  })
  .openapi('StuckOrders');

const perSecond = z
  .number()
  .min(PER_SECOND_LIMITS.min)
  .max(PER_SECOND_LIMITS.max)
  .optional()
  .openapi({
    description: `The most orders that are told in a second; ${DEFAULT_PER_SECOND} at first`,
  });

export const RetryStuck = z
  .strictObject({ ...filter, note, perSecond })
  .openapi('RetryStuck', { example: { failedStep: 'chargePayment', note: 'payments is back' } });

const count = (description: string) => z.int().openapi({ description });
const matched = count('Stuck orders that fit');
const url = z.string().openapi({
  description:
    'Where the Web UI of Temporal shows it, and where it is suspended, resumed and stopped',
});

export const RetriedStuck = z
  .object({
    state: z.literal('done'),
    matched,
    signalled: count('Were told to try again'),
    stillStuck: count('Were still stuck when nothing changed any more'),
    url,
  })
  .openapi('RetriedStuck');

export const RetryingStuck = z
  .object({ state: z.literal('under_way'), matched, url })
  .openapi('RetryingStuck', { description: 'It goes on by itself' });
