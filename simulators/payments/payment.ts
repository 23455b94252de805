import { orderOf } from '../shared/incoming.ts';
import { formatAmount } from './amount.ts';

export type PaymentMethod = 'credit_card' | 'paypal' | 'bank_transfer';

type PaymentStatus = 'completed' | 'pending' | 'failed' | 'refunded' | 'voided' | 'expired';

export interface Refund {
  refundKey: string;
  refundId: string;
  amount: string;
}

/** All that is known under one key. Amounts are minor units. */
export interface Payment {
  key: string;
  orderId: string;
  status: PaymentStatus;
  /** Absent when no money was ever asked for: a decline, or a tombstone. */
  transactionId: string | undefined;
  amount: bigint;
  captured: bigint;
  refunded: bigint;
  /** Absent on a tombstone, as is the method. */
  currency: string | undefined;
  method: PaymentMethod | undefined;
  reason: string | undefined;
  /** Fingerprint of the request that made it: the same key with another request is refused. */
  request: string | undefined;
  /** Voided at some time: a charge with this key is refused from then on. */
  closed: boolean;
  /** Money arrived that nobody waited for any more. */
  late: boolean;
  refunds: Refund[];
}

/** A key nothing has happened under yet. */
export function blankPayment(key: string): Payment {
  return {
    key,
    orderId: orderOf(key),
    status: 'voided',
    transactionId: undefined,
    amount: 0n,
    captured: 0n,
    refunded: 0n,
    currency: undefined,
    method: undefined,
    reason: undefined,
    request: undefined,
    closed: false,
    late: false,
    refunds: [],
  };
}

/** The payment as the wire shows it; a tombstone has only its key and status. */
export function presentPayment(payment: Payment) {
  const { key, orderId, status, transactionId, currency, method, reason, late } = payment;
  if (currency === undefined) return { key, status };
  return {
    ...(transactionId === undefined ? {} : { transactionId }),
    key,
    orderId,
    status,
    amount: formatAmount(payment.amount, currency),
    capturedAmount: formatAmount(payment.captured, currency),
    refundedAmount: formatAmount(payment.refunded, currency),
    currency,
    ...(method === undefined ? {} : { method }),
    ...(reason === undefined ? {} : { reason }),
    ...(late ? { late } : {}),
  };
}
