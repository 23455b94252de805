import { type PaymentStatus, paymentStatuses } from './order.ts';

/**
 * What may follow each status. A write that arrives late finds a later status, and changes nothing:
 * `unknown` and `pending` never replace an outcome. Money may still come after `failed`.
 */
const followers: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  unknown: ['pending', 'completed', 'failed', 'refund_pending', 'refunded'],
  pending: ['completed', 'failed', 'refund_pending', 'refunded'],
  completed: ['partially_refunded', 'refund_pending', 'refunded'],
  partially_refunded: ['refund_pending', 'refunded'],
  failed: ['completed', 'refund_pending', 'refunded'],
  refund_pending: ['refunded', 'failed'],
  refunded: [],
};

/** The statuses that a payment may have when it is written as `to`: those before it, and itself. */
export function replaceableBy(to: PaymentStatus): PaymentStatus[] {
  return paymentStatuses.filter((from) => from === to || followers[from].includes(to));
}
