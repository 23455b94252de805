import { CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { OrderInput } from '../contract.ts';
import { Refusal } from '../domain/refusal.ts';
import type { OrderRecord } from './order-record.ts';
import type { Requests } from './requests.ts';
import type { Step } from './step.ts';

interface Captured {
  transactionId: string;
  comment: string;
  by: string;
}

/** The money did not come, but it still may: unlike a decline, this has to be voided. */
export class TransferExpired extends Error {}

/** Gets the order paid, and knows how to give the money back. */
export class Payment {
  constructor(
    readonly input: OrderInput,
    readonly order: OrderRecord,
    readonly step: Step,
    readonly requests: Requests,
  ) {}

  /**
   * Resolves when the money is there: captured, or confirmed from outside by an operator.
   * Throws Refusal payment_declined, or TransferExpired.
   */
  async collect(): Promise<Captured> {
    const charge = await this.#orConfirmed(() => this.#charge());
    if (charge.by !== undefined) return charge;
    const { transactionId, status } = charge;
    if (status === 'pending') {
      await this.order.recordPayment('pending', transactionId);
      const confirmed = await this.#orConfirmed(() => this.#transfer(transactionId));
      if (confirmed.by !== undefined) return confirmed;
    }
    return { transactionId, comment: 'payment captured', by: 'system' };
  }

  /**
   * Voids the charge by its key, whatever became of it: what was captured is refunded, and a
   * charge that lands later is rejected. Never says "refunded" before Payments does.
   */
  async giveBack(onTrouble: () => void): Promise<void> {
    let delayed = false;
    const { refunded, transactionId } = await this.step('voidPayment', [this.input.orderId], {
      onTrouble: () => {
        delayed = true;
        this.order.expectPayment('refund_pending');
        onTrouble();
      },
    });
    const status = refunded ? 'refunded' : 'failed';
    if (delayed) await this.order.recordPayment(status, transactionId);
    else this.order.expectPayment(status, transactionId);
  }

  async #charge() {
    const { totalAmount: amount, currency } = this.order.priced;
    const { orderId, paymentMethod, paymentToken } = this.input;
    try {
      return await this.step(
        'chargePayment',
        [{ orderId, amount, currency, paymentMethod, paymentToken }],
        {
          onTrouble: () => {
            this.requests.paymentIsOpen = true;
            void this.order.recordPayment('unknown');
          },
        },
      );
    } catch (error) {
      if (error instanceof Refusal) this.order.expectPayment('failed');
      throw error;
    } finally {
      this.requests.paymentIsOpen = false;
    }
  }

  /** The server asks Payments again and again, until the money is there or the time is over. */
  async #transfer(transactionId: string) {
    const { orderId, policy } = this.input;
    this.requests.paymentIsOpen = true;
    const { awaitTransfer } = proxyActivities<Pick<Activities, 'awaitTransfer'>>({
      startToCloseTimeout: '15s',
      heartbeatTimeout: '2s',
      scheduleToCloseTimeout: policy.transferExpiryMs,
      retry: { initialInterval: policy.transferPollMs, backoffCoefficient: 1 },
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: 'waits for the bank transfer; confirmPayment ends the waiting',
    });
    try {
      await awaitTransfer(orderId);
      return { transactionId, status: 'completed' as const };
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw new TransferExpired();
    } finally {
      this.requests.paymentIsOpen = false;
    }
  }

  /**
   * Ends the waiting when an operator confirms the payment. An attempt that was under way then may
   * fail instead of being cancelled: the confirmation counts all the same.
   */
  async #orConfirmed<T extends { transactionId: string }>(
    wait: () => Promise<T>,
  ): Promise<(T & { by?: undefined }) | Captured> {
    const { requests } = this;
    const waiting = new CancellationScope();
    requests.onConfirmation = () => waiting.cancel();
    try {
      // It may have come together with the answer that the transfer is pending.
      if (requests.confirmation === undefined) return await waiting.run(wait);
    } catch (error) {
      if (requests.confirmation === undefined) throw error;
    } finally {
      requests.onConfirmation = undefined;
    }
    const { by, transactionId, note } = requests.confirmation;
    const comment = `payment ${transactionId} confirmed${note ? `: ${note}` : ''}`;
    return { transactionId, comment, by };
  }
}
