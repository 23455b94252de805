import { proxyActivities } from '@temporalio/workflow';
import type { ReconcilerActivities } from '../../activities/reconciler/reconciler.ts';
import type { OrderPolicy } from '../../contract/order.ts';
import { orderEvent } from '../../domain/events.ts';
import { NO_REFUND, refundComment } from '../../domain/evidence-comment.ts';
import type { PaymentStatus } from '../../domain/order.ts';
import {
  isOwedByHand,
  type OrderFacts,
  type RecordedOrder,
  type RepairKind,
  unrecordedRefund,
} from '../../domain/reconciliation.ts';
import type { Author, PaymentRecord } from '../../domain/records.ts';
import type { Steps } from '../steps/run-step.ts';

/** What a person says of a refund that Payments does not know. */
export interface RefundEvidence extends Author {
  /** Of the refund; or NO_REFUND. */
  transactionId: string;
}

const QUICK = { startToCloseTimeout: '10s' } as const;

/** Repairs what can be repaired safely, by the steps of the order itself, with the order's keys. */
export class Repairs {
  constructor(
    readonly steps: Steps,
    readonly policy: OrderPolicy,
  ) {}

  /** Throws Conflict when the order was changed meanwhile: then it has to be looked at again. */
  async repair(kind: RepairKind, facts: OrderFacts): Promise<void> {
    const { orderId, order, gateway, paymentKey } = facts;
    switch (kind) {
      case 'moneyWithoutOrder':
        await this.#settlePayment(facts);
        if (order !== undefined) await this.#flag(paymentKey);
        return;
      case 'paymentUnsettled':
        return this.#settlePayment(facts);
      case 'stockHeld':
        return this.steps.releaseStock(orderId);
      case 'paidUnrecorded':
        return this.#record(facts, 'completed', gateway?.transactionId);
      case 'refundAbandoned':
        return this.#resumeRefunds(facts);
      case 'refundUnrecorded':
        return this.#adoptRefund(facts);
      case 'abandoned':
        return this.end(facts, { reason: 'reconciled', by: 'reconciler' });
    }
  }

  /**
   * Cancels an order that has no workflow any more. The status is written first: where the order has
   * moved on, nothing is given back. Throws Conflict then.
   */
  async end(facts: OrderFacts, { reason, by, note }: Author & { reason: string }): Promise<void> {
    const { orderId, order } = facts;
    if (order === undefined) return;
    const { userId, status: from } = order;
    const to = 'CANCELADO';
    const version = order.version + 1;
    const at = new Date().toISOString();
    const payment = from === 'PAGADO' ? paymentOf(facts, order, 'refund_pending') : undefined;
    const cancellation = { reason, by };
    await this.steps.recordTransition({
      ...{ orderId, from, to, version, at, comment: reason, by, note, cancellation, payment },
    });
    const data = { orderId, userId, from, to, comment: reason } as const;
    const event = orderEvent(version, at, { type: 'order.status_changed', data });
    await Promise.all([
      this.#settlePayment(facts),
      this.steps.releaseStock(orderId),
      this.steps.publishEvents([event]),
    ]);
  }

  /** Gives a paid order its workflow again; who wanted it is in the history first. */
  async resume(facts: OrderFacts, { by, note }: Author): Promise<void> {
    const { orderId, order } = facts;
    if (order === undefined) return;
    const { status } = order;
    const version = order.version + 1;
    const at = new Date().toISOString();
    await this.steps.recordNote({
      ...{ orderId, version, status, at, comment: 'order resumed', by, note },
    });
    const { resumeOrder } = proxyActivities<ReconcilerActivities>(QUICK);
    await resumeOrder({ orderId, policy: this.policy });
  }

  /** Records that a person gave back what a person had vouched for. */
  async refunded(facts: OrderFacts, { transactionId, by, note }: RefundEvidence): Promise<void> {
    const { orderId, order } = facts;
    if (order === undefined) return;
    const { status } = order;
    const version = order.version + 1;
    const at = new Date().toISOString();
    const comment = refundComment(transactionId);
    await this.steps.recordNote({ orderId, version, status, at, comment, by, note });
    await this.#record(
      facts,
      transactionId === NO_REFUND ? 'failed' : 'refunded',
      order.payment?.transactionId,
    );
  }

  /** Voids the order's key. That settles the payment, unless a person vouched for another one. */
  async #settlePayment(facts: OrderFacts): Promise<void> {
    const { refunded, transactionId } = await this.steps.voidPayment(facts.paymentKey);
    const { order, gateway } = facts;
    const isRecorded = order?.payment !== undefined || gateway !== undefined;
    if (!isRecorded || isOwedByHand(facts)) return;
    await this.#record(facts, refunded ? 'refunded' : 'failed', transactionId);
  }

  async #record(facts: OrderFacts, status: PaymentStatus, transactionId?: string): Promise<void> {
    const { orderId, order } = facts;
    if (order === undefined) return;
    const at = new Date().toISOString();
    const payment = paymentOf(facts, order, status, transactionId);
    await this.steps.recordPayment({ orderId, at, payment });
  }

  async #resumeRefunds({ orderId, abandonedRefunds: refundIds }: OrderFacts): Promise<void> {
    const { policy } = this;
    const { resumeRefunds } = proxyActivities<ReconcilerActivities>(QUICK);
    await resumeRefunds({ orderId, refundIds, policy });
  }

  async #adoptRefund(facts: OrderFacts): Promise<void> {
    const { orderId, order } = facts;
    const { policy } = this;
    const amount = unrecordedRefund(facts);
    const givenBack = amount + (order?.refunds.completed ?? 0);
    const { adoptRefund } = proxyActivities<ReconcilerActivities>(QUICK);
    await adoptRefund({ orderId, amount, givenBack, policy });
  }

  async #flag(paymentKey: string): Promise<void> {
    const { flagPayment } = proxyActivities<ReconcilerActivities>({ startToCloseTimeout: '5s' });
    await flagPayment(paymentKey, 'money arrived for a cancelled order');
  }
}

/** The order's own payment: what a person vouched for stays what it is, whatever Payments has. */
function paymentOf(
  facts: OrderFacts,
  { payment, totalAmount, currency }: RecordedOrder,
  paymentStatus: PaymentStatus,
  given?: string,
): PaymentRecord {
  const gateway = isOwedByHand(facts) ? undefined : facts.gateway;
  const transactionId = given ?? gateway?.transactionId ?? payment?.transactionId;
  return {
    idempotencyKey: facts.paymentKey,
    // Money that comes without having been asked for is a transfer.
    paymentMethod: payment?.method ?? gateway?.method ?? 'bank_transfer',
    paymentStatus,
    amount: gateway?.amount ?? totalAmount,
    currency: gateway?.currency ?? currency,
    ...(transactionId && { transactionId }),
  };
}
