import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { OrderActivities } from '../../activities/order.ts';
import type { OrderInput } from '../../contract/order.ts';
import { paymentComment } from '../../domain/evidence-comment.ts';
import type { GatewayPayment } from '../../domain/reconciliation.ts';
import type { Author } from '../../domain/records.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Evidence, Intents } from '../actions/intents.ts';
import { asRefusal } from '../steps/refusal-conversion.ts';
import type { Steps } from '../steps/run-step.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { EventQueue } from './event-queue.ts';
import type { OrderRecord } from './order-record.ts';
import { amountDiffers, refundOwed, twoPayments } from './payment-text.ts';
import { refundByPerson } from './refund-by-person.ts';

/** Money that is there, and how it is known. */
export interface Captured extends Author {
  transactionId: string;
  comment: string;
}

/** The money did not come, but it still may: unlike a decline, this has to be voided. */
export class TransferExpired extends Error {}

interface Deps {
  input: OrderInput;
  order: OrderRecord;
  events: EventQueue;
  steps: Steps;
  intents: Intents;
  stuck: StuckState;
}

/** Gets the order paid, and knows how to give the money back. */
export class OrderPayment {
  /** What a person vouched for: Payments may know nothing of it. */
  #vouchedFor: string | undefined;
  #declinedAt: number | undefined;

  constructor(readonly deps: Deps) {}

  /**
   * Resolves when the money is there: captured, or vouched for by a person. Throws Refusal
   * payment_declined, or TransferExpired.
   */
  async collect(): Promise<Captured> {
    const { order, events, intents } = this.deps;
    const charge = await this.#orEvidence(() => this.#charge());
    if (charge.evidence !== undefined) return this.#accepted(charge.evidence, charge.answer);
    const { transactionId, status } = charge.answer;
    if (status === 'completed') return captured(transactionId);
    events.release();
    intents.awaitEvidence('payment');
    await order.recordPayment('pending', transactionId);
    const transfer = await this.#orEvidence(() => this.#transfer());
    if (transfer.evidence !== undefined) return this.#accepted(transfer.evidence, transfer.answer);
    return captured(transfer.answer.transactionId ?? transactionId);
  }

  /**
   * After a decline: whether the customer has come with another means of payment, in the time that the
   * order's policy gives. The key that was declined is closed before there is another.
   */
  async hasAnotherTry(): Promise<boolean> {
    const { order, events, intents, steps, input } = this.deps;
    const { withinMs, attempts } = input.policy.secondTry ?? { withinMs: 0, attempts: 1 };
    this.#declinedAt ??= Date.now();
    const leftMs = this.#declinedAt + withinMs - Date.now();
    if (leftMs <= 0 || order.attempt >= attempts) return false;
    events.release();
    intents.awaitsMeans = true;
    await order.recordPayment('failed');
    await condition(() => intents.means !== undefined, leftMs);
    intents.awaitsMeans = false;
    const { means } = intents;
    if (means === undefined) return false;
    await steps.voidPayment(order.chargeKey);
    order.payWith(means);
    intents.meansTaken();
    // Before the charge: whoever looks for the money later has to know its key.
    await order.recordPayment('unknown');
    return true;
  }

  /**
   * Voids the charge by its key, whatever became of it: what was captured is refunded, and a charge
   * that lands later is rejected. Never says "refunded" before Payments does. What a person vouched
   * for is not at Payments: a person has to give it back.
   */
  async giveBack(onTrouble: () => void): Promise<void> {
    const { order, steps, input } = this.deps;
    const wasPaid = order.status === 'PAGADO';
    let isDelayed = false;
    const { refunded, transactionId } = await steps.voidPayment(order.chargeKey, {
      onTrouble: () => {
        isDelayed = true;
        order.expectPayment('refund_pending');
        onTrouble();
      },
    });
    const known = this.#vouchedFor ?? order.transactionId ?? transactionId;
    const isOwed = wasPaid || this.#vouchedFor !== undefined;
    // Payments may leave out the number of what it refunds.
    if (isOwed && !(refunded && (transactionId ?? known) === known)) {
      const failure = refundOwed(input.orderId, order.sold, known);
      return refundByPerson(this.deps, { transactionId: known, failure }, onTrouble);
    }
    const status = refunded ? 'refunded' : 'failed';
    if (isDelayed) await order.recordPayment(status, transactionId);
    else order.expectPayment(status, transactionId);
  }

  async #charge() {
    const { order, events, steps, input, intents } = this.deps;
    const { totalAmount: amount, currency } = order.sold;
    const { orderId } = input;
    const { chargeKey: key, means } = order;
    const { paymentMethod, paymentToken } = means;
    try {
      return await steps.chargePayment(
        { key, orderId, amount, currency, paymentMethod, paymentToken },
        {
          onTrouble: () => {
            events.release();
            intents.awaitEvidence('payment');
            void order.recordPayment('unknown');
          },
        },
      );
    } catch (error) {
      if (error instanceof Refusal) order.expectPayment('failed');
      throw error;
    }
  }

  /** The server asks Payments again and again, until the money is there or the time is over. */
  async #transfer(): Promise<GatewayPayment> {
    const { input, order, steps } = this.deps;
    const { policy } = input;
    const { awaitTransfer } = proxyActivities<Pick<OrderActivities, 'awaitTransfer'>>({
      startToCloseTimeout: '15s',
      heartbeatTimeout: '4s',
      scheduleToCloseTimeout: policy.transferExpiryMs,
      retry: { initialInterval: policy.transferPollMs, backoffCoefficient: 1 },
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: 'waits for the bank transfer; confirmPayment ends the waiting',
    });
    let found: GatewayPayment | null;
    try {
      found = await awaitTransfer(order.chargeKey);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const refusal = asRefusal(error);
      if (refusal !== undefined) throw refusal;
      // The last answer may be days old, or there was none: Payments is asked once more.
      found = await steps.checkTransfer(order.chargeKey);
    }
    if (found?.status !== 'completed') throw new TransferExpired();
    await this.#untilAmountIsRight(found);
    return found;
  }

  async #untilAmountIsRight(found: GatewayPayment): Promise<void> {
    const { order, input, intents, stuck } = this.deps;
    const { totalAmount, currency } = order.sold;
    if (found.amount === totalAmount && found.currency === currency) return;
    intents.awaitEvidence('payment', found.transactionId);
    const failure = amountDiffers(input.orderId, order.sold, found);
    const isDecided = () => intents.evidenceOf('payment') !== undefined;
    await stuck.untilDecided('checkTransfer', failure, isDecided);
  }

  /**
   * Ends the waiting when a person vouches for the payment. An attempt that was under way then may
   * still have an answer, or fail instead of being cancelled: the evidence counts all the same.
   */
  async #orEvidence<T>(
    wait: () => Promise<T>,
  ): Promise<{ answer: T; evidence?: undefined } | { answer?: T; evidence: Evidence }> {
    const { intents } = this.deps;
    const waiting = new CancellationScope();
    intents.onEvidence = () => waiting.cancel();
    const evidence = () => intents.evidenceOf('payment');
    let answer: T | undefined;
    try {
      // It may have come together with the answer that the transfer is pending.
      if (evidence() === undefined) answer = await waiting.run(wait);
    } catch (error) {
      if (evidence() === undefined) throw error;
    } finally {
      intents.onEvidence = () => {};
      intents.endAwait('payment');
    }
    const said = evidence();
    return said === undefined ? { answer: answer as T } : { answer, evidence: said };
  }

  /** What a person vouched for has to be what Payments has captured, if it has. */
  async #accepted(
    { transactionId, note, by }: Evidence,
    answer: { transactionId?: string; status: string } | undefined,
  ): Promise<Captured> {
    const { input, intents, stuck } = this.deps;
    const taken = answer?.status === 'completed' ? answer.transactionId : undefined;
    this.#vouchedFor = transactionId;
    if (taken !== undefined && taken !== transactionId) {
      intents.awaitEvidence('payment', taken);
      const failure = twoPayments(input.orderId, taken, transactionId);
      const isDecided = () => intents.evidenceOf('payment') !== undefined;
      await stuck.untilDecided('chargePayment', failure, isDecided);
      intents.endAwait('payment');
      this.#vouchedFor = taken;
    }
    const counts = taken ?? transactionId;
    return { transactionId: counts, comment: paymentComment(counts), by, note };
  }
}

function captured(transactionId: string): Captured {
  return { transactionId, comment: 'payment captured', by: 'system' };
}
