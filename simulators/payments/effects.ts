import { parseAmount } from './amount.ts';
import type { Payment, PaymentMethod, Refund } from './payment.ts';

interface Asked {
  orderId: string;
  amount: string;
  currency: string;
  method: PaymentMethod;
  request: string;
}

/** What can happen to money, as the ledger has it. Amounts are decimal text in major units. */
export type PaymentEffect = { key: string; orderId: string } & (
  | ({ type: 'charge'; status: 'completed' | 'pending'; transactionId: string } & Asked)
  | ({ type: 'decline'; reason: string } & Asked)
  | { type: 'confirm'; amount: string; currency: string }
  | { type: 'receive'; transactionId: string; amount: string; currency: string }
  | ({ type: 'refund'; cause: 'void' | 'request' } & Refund & { currency: string })
  | { type: 'void' }
  | { type: 'tombstone' }
  | { type: 'expire' }
);

/** Changes a payment by an effect. The only place that does, live and on a restart alike. */
export function applyEffect(payment: Payment, effect: PaymentEffect): void {
  switch (effect.type) {
    case 'charge':
      ask(payment, effect);
      payment.status = effect.status;
      payment.transactionId = effect.transactionId;
      if (effect.status === 'completed') payment.captured = payment.amount;
      return;
    case 'decline':
      ask(payment, effect);
      payment.status = 'failed';
      payment.reason = effect.reason;
      return;
    case 'confirm':
      payment.status = 'completed';
      payment.currency = effect.currency;
      payment.amount = parseAmount(effect.amount, effect.currency);
      payment.captured = payment.amount;
      return;
    case 'receive':
      payment.status = 'completed';
      payment.transactionId = effect.transactionId;
      payment.currency = effect.currency;
      payment.amount = parseAmount(effect.amount, effect.currency);
      payment.captured = payment.amount;
      payment.closed = true;
      payment.late = true;
      return;
    case 'refund': {
      const { refundKey, refundId, amount, currency } = effect;
      payment.refunded += parseAmount(amount, currency);
      payment.refunds.push({ refundKey, refundId, amount });
      if (payment.refunded === payment.captured) payment.status = 'refunded';
      if (effect.cause === 'void') payment.closed = true;
      return;
    }
    case 'void':
    case 'tombstone':
      payment.status = 'voided';
      payment.closed = true;
      return;
    case 'expire':
      payment.status = 'expired';
  }
}

function ask(payment: Payment, { orderId, amount, currency, method, request }: Asked): void {
  payment.orderId = orderId;
  payment.amount = parseAmount(amount, currency);
  payment.currency = currency;
  payment.method = method;
  payment.request = request;
}
