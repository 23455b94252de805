import { NO_REFUND, refundComment } from '../../domain/refund-comment.ts';
import type { Intents } from '../actions/intents.ts';
import type { Failure } from '../steps/failure.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { OrderRecord } from './order-record.ts';

interface Deps {
  order: OrderRecord;
  intents: Intents;
  stuck: StuckState;
}

/**
 * Money that Payments cannot give back is owed until a person says that it was given back:
 * `refund_pending`, and stuck with a failure that says so. `onTrouble` lets go on what need not wait for it.
 */
export async function refundByPerson(
  { order, intents, stuck }: Deps,
  transactionId: string | undefined,
  failure: Failure,
  onTrouble: () => void = () => {},
): Promise<void> {
  order.expectPayment('refund_pending', transactionId);
  intents.awaitEvidence('refund');
  onTrouble();
  const evidence = () => intents.evidenceOf('refund');
  await stuck.untilDecided('voidPayment', failure, () => evidence() !== undefined);
  const { transactionId: refund = NO_REFUND, by = '', note } = evidence() ?? {};
  await order.recordPayment(refund === NO_REFUND ? 'failed' : 'refunded');
  await order.note(refundComment(refund, note), by);
  intents.endAwait('refund');
}
