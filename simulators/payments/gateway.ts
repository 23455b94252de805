import { createHash, randomUUID } from 'node:crypto';
import { orderOf } from '../shared/incoming.ts';
import { Ledger } from '../shared/ledger.ts';
import { Problem } from '../shared/problem.ts';
import { formatAmount, parseAmount } from './amount.ts';
import { applyEffect, type PaymentEffect } from './effects.ts';
import { blankPayment, type Payment, type PaymentMethod, type Refund } from './payment.ts';

export interface ChargeRequest {
  orderId: string;
  amount: string;
  currency: string;
  method: PaymentMethod;
  token?: string | undefined;
}

const decliningTokens = new Map([
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
]);

/**
 * Charges, voids and refunds by idempotency key. Every change is one synchronous step, written
 * down and then applied, so no two requests with one key can both have an effect.
 */
export class Gateway {
  readonly ledger: Ledger<PaymentEffect>;
  readonly #payments = new Map<string, Payment>();

  constructor(dataDir: string | undefined) {
    this.ledger = Ledger.open('payments', dataDir, (effect: PaymentEffect) => this.#apply(effect));
  }

  /**
   * Captures the amount, or for a bank transfer starts waiting for it.
   * @param decline the reason to decline a key not seen before, whatever its token
   * @throws Problem payment_declined, payment_voided, idempotency_key_reused, invalid_amount,
   *   unsupported_currency
   */
  charge(
    key: string,
    { token, ...asked }: ChargeRequest,
    decline: string | undefined,
  ): { payment: Payment; created: boolean } {
    parseAmount(asked.amount, asked.currency);
    const request = fingerprint({ ...asked, token });
    const existing = this.#payments.get(key);
    if (existing?.request !== undefined && existing.request !== request) throw reused(key);
    if (existing?.closed) {
      throw new Problem('payment_voided', `${key} was voided; nothing is charged`, {
        paymentStatus: existing.status,
      });
    }
    if (existing?.status === 'failed') throw declined(existing.reason);
    if (existing) return { payment: existing, created: false };

    const reason = decline ?? decliningTokens.get(token ?? '');
    if (reason !== undefined) {
      this.#record({ type: 'decline', key, ...asked, reason, request });
      throw declined(reason);
    }
    const status = asked.method === 'bank_transfer' ? 'pending' : 'completed';
    const transactionId = `txn_${randomUUID()}`;
    const payment = this.#record({ type: 'charge', key, ...asked, status, transactionId, request });
    return { payment, created: true };
  }

  /** @throws Problem payment_not_found */
  get(key: string): Payment {
    const payment = this.#payments.get(key);
    if (!payment) throw new Problem('payment_not_found', `No payment ${key}`);
    return payment;
  }

  /** Those of these keys that were ever seen. */
  find(keys: readonly string[]): Payment[] {
    return keys.flatMap((key) => this.#payments.get(key) ?? []);
  }

  /** Undoes whatever the key has done, and closes it: no charge with it will ever go through. */
  void(key: string): Payment {
    const payment = this.#payments.get(key);
    if (!payment) return this.#record({ type: 'tombstone', key, orderId: orderOf(key) });
    if (payment.status === 'pending') {
      return this.#record({ type: 'void', key, orderId: payment.orderId });
    }
    const left = payment.captured - payment.refunded;
    return left > 0n ? this.#giveBack(payment, left, `${key}:void`, 'void').payment : payment;
  }

  /**
   * Gives part of a captured payment back, once for each refund key.
   * @throws Problem payment_not_found, refund_exceeds_captured, idempotency_key_reused,
   *   invalid_amount
   */
  refund(key: string, refundKey: string, amount: string) {
    const payment = this.get(key);
    const { currency, captured, refunded } = payment;
    const existing = payment.refunds.find((refund) => refund.refundKey === refundKey);
    if (existing) {
      if (existing.amount !== amount) throw reused(refundKey);
      return { payment, refund: existing, created: false };
    }
    const minor = currency === undefined ? 0n : parseAmount(amount, currency);
    if (currency === undefined || minor > captured - refunded) {
      const left = currency === undefined ? '0' : formatAmount(captured - refunded, currency);
      throw new Problem('refund_exceeds_captured', `Only ${left} is left of ${key}`, { left });
    }
    return { ...this.#giveBack(payment, minor, refundKey, 'request'), created: true };
  }

  /**
   * The money of a bank transfer arrived; `money` if it is another amount than was asked for.
   * @throws Problem payment_not_found, payment_not_pending, invalid_amount, unsupported_currency
   */
  confirm(
    key: string,
    money: { amount?: string | undefined; currency?: string | undefined } = {},
  ): Payment {
    const payment = this.get(key);
    const { status, orderId } = payment;
    const currency = money.currency ?? payment.currency;
    if (status === 'completed') return payment;
    if (status !== 'pending' || currency === undefined) throw notPending(payment);
    const amount = money.amount ?? formatAmount(payment.amount, currency);
    parseAmount(amount, currency);
    return this.#record({ type: 'confirm', key, orderId, amount, currency });
  }

  /** A bank transfer never came. @throws Problem payment_not_found, payment_not_pending */
  expire(key: string): Payment {
    const payment = this.get(key);
    if (payment.status === 'expired') return payment;
    if (payment.status !== 'pending') throw notPending(payment);
    return this.#record({ type: 'expire', key, orderId: payment.orderId });
  }

  /**
   * Money arrived for a key that was voided, expired, or never seen; a void gives it back.
   * @param money needed where the key has no amount of its own
   * @throws Problem payment_not_receivable, invalid_amount, unsupported_currency
   */
  receive(key: string, money: { amount?: string | undefined; currency?: string | undefined }) {
    const payment = this.#payments.get(key) ?? blankPayment(key);
    if (payment.status !== 'voided' && payment.status !== 'expired') {
      throw new Problem('payment_not_receivable', `${key} is ${payment.status}`);
    }
    const currency = money.currency ?? payment.currency;
    if (currency === undefined || (money.amount === undefined && payment.amount === 0n)) {
      throw new Problem('invalid_amount', `${key} has no amount of its own: give one`);
    }
    const amount = money.amount ?? formatAmount(payment.amount, currency);
    parseAmount(amount, currency);
    const transactionId = payment.transactionId ?? `txn_${randomUUID()}`;
    const { orderId } = payment;
    return this.#record({ type: 'receive', key, orderId, transactionId, amount, currency });
  }

  list(orderId?: string): Payment[] {
    const all = [...this.#payments.values()];
    return orderId === undefined ? all : all.filter((payment) => payment.orderId === orderId);
  }

  #giveBack(
    { key, orderId, currency = '' }: Payment,
    minor: bigint,
    refundKey: string,
    cause: 'void' | 'request',
  ) {
    const refund: Refund = {
      refundKey,
      refundId: `ref_${randomUUID()}`,
      amount: formatAmount(minor, currency),
    };
    const payment = this.#record({ type: 'refund', key, orderId, ...refund, currency, cause });
    return { payment, refund };
  }

  #record(effect: PaymentEffect): Payment {
    this.ledger.append(effect);
    return this.#apply(effect);
  }

  #apply(effect: PaymentEffect): Payment {
    const payment = this.#payments.get(effect.key) ?? blankPayment(effect.key);
    applyEffect(payment, effect);
    this.#payments.set(effect.key, payment);
    return payment;
  }
}

function fingerprint(request: ChargeRequest): string {
  const { orderId, amount, currency, method, token } = request;
  const text = JSON.stringify([orderId, amount, currency, method, token]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function reused(key: string): Problem {
  return new Problem('idempotency_key_reused', `${key} was used with another body`);
}

function declined(reason = 'declined'): Problem {
  return new Problem('payment_declined', `The payment was declined: ${reason}`, { reason });
}

function notPending({ key, status }: Payment): Problem {
  return new Problem('payment_not_pending', `${key} is ${status}`);
}
