import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/reconcile.ts';
import { orderEvent } from '../domain/events.ts';
import type { PaymentStatus } from '../domain/order.ts';
import type { Mendable, OrderFacts, RecordedOrder } from '../domain/reconciliation.ts';
import type { PaymentRecord } from '../domain/records.ts';
import type { CancelIntent } from './actions/intents.ts';
import type { Step } from './steps/run-step.ts';

/** Mends what can be mended safely, by the steps of the order itself, with the keys of the order. */
export class Mender {
  constructor(readonly step: Step) {}

  async mend(kind: Mendable, facts: OrderFacts): Promise<void> {
    const { orderId, order, gateway } = facts;
    switch (kind) {
      case 'moneyWithoutOrder':
        await this.#settlePayment(facts);
        if (order !== undefined) await this.#flag(orderId);
        return;
      case 'paymentUnsettled':
        return this.#settlePayment(facts);
      case 'stockHeld':
        return this.step('releaseStock', [orderId]);
      case 'paidUnrecorded':
        return this.#record(facts, 'completed', gateway?.transactionId);
      case 'abandoned':
        return this.end(facts, { reason: 'reconciled', by: 'reconciler' });
    }
  }

  /** Undoes an order that has no workflow any more, and records it as CANCELADO. */
  async end(facts: OrderFacts, { reason, by }: CancelIntent): Promise<void> {
    const { orderId, order, gateway } = facts;
    if (order === undefined) return;
    const { refunded, transactionId } = await this.step('voidPayment', [orderId]);
    await this.step('releaseStock', [orderId]);
    const { userId, status: from } = order;
    const to = 'CANCELADO';
    const version = order.version + 1;
    const at = new Date().toISOString();
    const payment =
      order.payment || gateway
        ? paymentOf(facts, order, refunded ? 'refunded' : 'failed', transactionId)
        : undefined;
    const cancellation = { reason, by };
    await this.step('recordTransition', [
      { orderId, from, to, version, at, comment: reason, by, cancellation, payment },
    ]);
    const data = { orderId, userId, from, to, comment: reason } as const;
    const event = orderEvent(version, at, { type: 'order.status_changed', data });
    await this.step('publishEvents', [[event]]);
  }

  async #settlePayment(facts: OrderFacts): Promise<void> {
    const { refunded, transactionId } = await this.step('voidPayment', [facts.orderId]);
    await this.#record(facts, refunded ? 'refunded' : 'failed', transactionId);
  }

  async #record(facts: OrderFacts, status: PaymentStatus, transactionId?: string): Promise<void> {
    const { orderId, order } = facts;
    if (order === undefined) return;
    const at = new Date().toISOString();
    const payment = paymentOf(facts, order, status, transactionId);
    await this.step('recordPayment', [{ orderId, at, payment }]);
  }

  async #flag(orderId: string): Promise<void> {
    const { flagPayment } = proxyActivities<Activities>({ startToCloseTimeout: '5s' });
    await flagPayment(orderId, 'money arrived for a cancelled order');
  }
}

function paymentOf(
  { orderId, gateway }: OrderFacts,
  { payment, totalAmount, currency }: RecordedOrder,
  paymentStatus: PaymentStatus,
  transactionId = gateway?.transactionId ?? payment?.transactionId,
): PaymentRecord {
  return {
    idempotencyKey: `${orderId}:charge`,
    // Money that comes without having been asked for is a transfer.
    paymentMethod: payment?.method ?? gateway?.method ?? 'bank_transfer',
    paymentStatus,
    amount: gateway?.amount ?? totalAmount,
    currency: gateway?.currency ?? currency,
    ...(transactionId && { transactionId }),
  };
}
