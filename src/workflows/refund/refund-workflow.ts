import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
} from '@temporalio/workflow';
import { awaitRefund, type RefundInput, type RefundOutcome } from '../../contract/refund.ts';
import { orderEvent, orderRefunded } from '../../domain/events.ts';
import type { ReservedRefund } from '../../domain/records.ts';
import { Refusal } from '../../domain/refusal.ts';
import { until } from '../order/handler-waits.ts';
import { asUpdateFailure } from '../steps/refusal-conversion.ts';
import { createSteps, type Steps } from '../steps/run-step.ts';
import { StuckState } from '../stuck/stuck-state.ts';
import { RefundDecisions } from './refund-decisions.ts';
import { describeRefund, refundByHand, withdrawalRequested } from './refund-text.ts';

/**
 * One refund of a shipped order: sets aside what it gives back, gives it back, records it, and tells
 * others. Money is never given back that was not set aside, so refunds at once share what is left.
 * A cancellation does not end it: half of a refund would be money that nobody knows of.
 */
export async function refundOrder(input: RefundInput): Promise<RefundOutcome> {
  return CancellationScope.nonCancellable(() => refund(input));
}

async function refund({ policy, ...request }: RefundInput): Promise<RefundOutcome> {
  let reserved: ReservedRefund | undefined;
  let answer: 'given' | Refusal | undefined;
  const stuck = new StuckState(policy, () => describeRefund(reserved));
  const steps = createSteps(policy, stuck);
  const decisions = new RefundDecisions(stuck);
  setHandler(awaitRefund, async () => {
    await until(() => answer !== undefined || reserved?.refund.status === 'requested');
    if (answer instanceof Refusal) throw asUpdateFailure(answer);
  });

  const outcome = await giveBack();
  await condition(allHandlersFinished);
  return outcome;

  async function giveBack(): Promise<RefundOutcome> {
    try {
      reserved = await steps.reserveRefund({ ...request, at: now() });
      stuck.refresh();
      if (reserved.refund.status === 'requested') await decided(reserved);
      const transactionId = await money(reserved);
      await record(reserved, transactionId);
      return { status: 'completed' };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await refuse(error);
      return { status: 'refused', reason: error.code };
    }
  }

  /** Throws Refusal when a person has rejected it. */
  async function decided(reserved: ReservedRefund): Promise<void> {
    decisions.expect('approve', 'reject');
    const isDecided = () => decisions.made !== undefined;
    await stuck.untilDecided('refundPayment', withdrawalRequested(reserved), isDecided);
    const { decision, by = '' } = decisions.made ?? {};
    if (decision === 'reject') throw new Refusal('illegal_transition', 'The refund was rejected');
    await progress(reserved, { status: 'pending', decidedBy: by });
    decisions.recorded();
  }

  /** The number of the refund; what a person did by hand has one of its own. */
  async function money(reserved: ReservedRefund): Promise<string | undefined> {
    const { refund, paymentKey, isConfirmedByHand } = reserved;
    const { refundId, orderId, amount, currency, kind } = refund;
    if (refund.status === 'completed' || kind === 'provider') return refund.transactionId;
    const asked = { refundId, orderId, amount, currency, paymentKey, isConfirmedByHand };
    const given = await steps.refundPayment(asked);
    if (given !== null) return given;
    decisions.expect('confirmRefund');
    const isDecided = () => decisions.made !== undefined;
    await stuck.untilDecided('refundPayment', refundByHand(reserved), isDecided);
    return decisions.made?.transactionId;
  }

  async function record(reserved: ReservedRefund, transactionId?: string): Promise<void> {
    const { refund, order } = reserved;
    const { refundId, orderId } = refund;
    const decidedBy = decisions.made?.by;
    const recorded = await steps.recordRefund({ refundId, at: now(), transactionId, decidedBy });
    reserved.refund.status = 'completed';
    stuck.refresh();
    answer = 'given';
    decisions.recorded();
    const data = orderRefunded(order, refund, recorded.refundedAmount);
    const { lines, restock } = refund;
    await Promise.all([
      restock && lines.length > 0 && steps.takeBackStock({ refundId, orderId, lines }),
      steps.publishEvents([orderEvent(recorded.version, recorded.at, data)]),
    ]);
  }

  async function refuse(refusal: Refusal): Promise<void> {
    if (reserved !== undefined) {
      const { by: decidedBy, reason: decisionReason } = decisions.made ?? {};
      await progress(reserved, { status: 'refused', decidedBy, decisionReason });
    }
    answer = refusal;
    decisions.recorded();
  }

  async function progress(
    { refund }: ReservedRefund,
    change: Omit<Parameters<Steps['recordDecision']>[0], 'refundId' | 'at'>,
  ): Promise<void> {
    await steps.recordDecision({ refundId: refund.refundId, at: now(), ...change });
    refund.status = change.status;
    stuck.refresh();
  }
}

function now(): string {
  return new Date().toISOString();
}
