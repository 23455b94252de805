import { NO_REFUND, refundComment } from '../../domain/evidence-comment.ts';
import type { Intents } from '../actions/intents.ts';
import type { Failure } from '../steps/failure.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { OrderRecord } from './order-record.ts';

interface Deps {
  order: OrderRecord;
  intents: Intents;
  stuck: StuckState;
}

interface Owed {
  transactionId: string | undefined;
  /** Says to people what has to be done. */
  failure: Failure;
  /** `unknown` where nobody knows whether there is money to give back. */
  status?: 'refund_pending' | 'unknown';
}

/**
 * Money that Payments cannot give back is owed until a person says that it was given back:
 * the order is stuck. `onTrouble` lets go on what need not wait for it.
 */
export async function refundByPerson(
  { order, intents, stuck }: Deps,
  { transactionId, failure, status = 'refund_pending' }: Owed,
  onTrouble: () => void = () => {},
): Promise<void> {
  order.expectPayment(status, transactionId);
  intents.awaitEvidence('refund');
  onTrouble();
  const evidence = () => intents.evidenceOf('refund');
  await stuck.untilDecided('voidPayment', failure, () => evidence() !== undefined);
  const { transactionId: refund = NO_REFUND, by = '', note } = evidence() ?? {};
  await order.recordPayment(refund === NO_REFUND ? 'failed' : 'refunded');
  await order.note(refundComment(refund), { by, note });
  intents.endAwait('refund');
}
