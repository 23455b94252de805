import { z } from 'zod';
import { toMajor, toMinor } from '../domain/money.ts';
import { type PaymentMethod, paymentMethods } from '../domain/order.ts';
import type { GatewayPayment } from '../domain/reconciliation.ts';
import { Refusal } from '../domain/refusal.ts';
import { ServiceFailure } from './failure.ts';
import { createServiceClient } from './http-client.ts';

/** `amount` in minor units of `currency`. */
export interface Charge {
  orderId: string;
  amount: number;
  currency: string;
  paymentMethod: PaymentMethod;
  /** The gateway's opaque token. */
  paymentToken?: string;
}

/** `pending` is a bank transfer that has not arrived yet. */
export interface ChargedPayment {
  transactionId: string;
  status: 'completed' | 'pending';
}

export interface VoidedPayment {
  /** Whether there was money to give back, and it is given back. */
  refunded: boolean;
  transactionId?: string;
}

const PaymentStatus = z.enum(['completed', 'pending', 'refunded', 'voided', 'failed', 'expired']);

/** `amount` in major units; what is no amount of its currency is no payment. */
const Payment = z
  .object({
    transactionId: z.string().min(1),
    status: PaymentStatus,
    amount: z.string(),
    currency: z.string(),
  })
  .refine(isMoney);

/** A key that was voided before its charge came has neither transaction nor amount. */
const Outcome = z.object({ transactionId: z.string().optional(), status: PaymentStatus });

const Known = Outcome.extend({
  method: z.enum(paymentMethods).optional(),
  amount: z.string().optional(),
  currency: z.string().optional(),
}).refine(isMoney);

const Decline = z.object({ code: z.literal('payment_declined'), reason: z.string() });

export interface PaymentsService {
  /**
   * Captures the money, or begins a bank transfer, once for each key. Throws Refusal
   * payment_declined, and ServiceFailure for everything short of exactly this amount.
   */
  charge(key: string, charge: Charge): Promise<ChargedPayment>;
  /**
   * Whether the money of a transfer is there. Throws Refusal payment_expired when it will not
   * come, and ServiceFailure while it may.
   */
  assertArrived(key: string): Promise<void>;
  /** What is known under the key; undefined when nothing is. Amount in minor units. */
  find(key: string): Promise<GatewayPayment | undefined>;
  /** Gives back what was captured, and rejects a charge with this key that lands later. */
  void(key: string): Promise<VoidedPayment>;
  close(): void;
}

/** Breaker resets in milliseconds: a service that may charge is left alone for longer. */
export interface PaymentsBreakers {
  chargeResetMs: number;
  resetMs: number;
}

export function createPaymentsService(
  baseUrl: string,
  { chargeResetMs, resetMs }: PaymentsBreakers,
): PaymentsService {
  const charges = createServiceClient({
    service: 'payments',
    baseUrl,
    breaker: { name: 'payments', volumeThreshold: 10, resetMs: chargeResetMs },
  });
  // Giving money back must not wait for connections or a breaker that charges have used up.
  const reversals = createServiceClient({
    service: 'payments',
    baseUrl,
    breaker: { name: 'payments reversal', volumeThreshold: 20, resetMs },
  });
  return {
    async charge(key, charge) {
      const payment = await charges.call({
        method: 'POST',
        path: '/api/payments',
        headers: { 'Idempotency-Key': key },
        body: {
          orderId: charge.orderId,
          amount: toMajor(charge.amount, charge.currency),
          currency: charge.currency,
          method: charge.paymentMethod,
          token: charge.paymentToken,
        },
        timeoutMs: 10_000,
        schema: Payment,
        changes: true,
        refusal: (status, body) => (status === 402 ? decline(body) : undefined),
      });
      return { transactionId: payment.transactionId, status: chargedStatus(payment, charge) };
    },

    async assertArrived(key) {
      const { status } = await reversals.call({
        method: 'GET',
        path: byKey(key),
        timeoutMs: 3_000,
        schema: Outcome,
        changes: false,
      });
      if (status === 'completed') return;
      if (status === 'pending') {
        throw new ServiceFailure('payments', 'transient', 'has not received the transfer yet');
      }
      throw new Refusal('payment_expired', `The bank transfer is ${status}`);
    },

    async find(key) {
      const payment = await reversals.find({
        method: 'GET',
        path: byKey(key),
        timeoutMs: 3_000,
        schema: Known,
        changes: false,
        absent: 'payment_not_found',
      });
      if (payment === undefined) return undefined;
      const { amount, ...known } = payment;
      const { currency } = known;
      return { ...known, ...(amount && currency && { amount: toMinor(amount, currency) }) };
    },

    async void(key) {
      const { status, transactionId } = await reversals.call({
        method: 'POST',
        path: `${byKey(key)}/void`,
        timeoutMs: 10_000,
        schema: Outcome.refine(({ status }) => status !== 'completed' && status !== 'pending'),
        changes: true,
      });
      return { refunded: status === 'refunded', transactionId };
    },

    close() {
      charges.close();
      reversals.close();
    },
  };
}

function byKey(key: string): string {
  return `/api/payments/by-key/${encodeURIComponent(key)}`;
}

/** An order is only paid by a capture of its own amount: anything else is for an operator. */
function chargedStatus({ status, amount, currency }: z.output<typeof Payment>, charge: Charge) {
  if (status !== 'completed' && status !== 'pending') {
    throw new ServiceFailure('payments', 'unknown', `says the payment is ${status}`);
  }
  if (currency !== charge.currency || toMinor(amount, currency) !== charge.amount) {
    throw new ServiceFailure('payments', 'unknown', 'charged another amount than was asked');
  }
  return status;
}

function decline(body: unknown): Refusal | undefined {
  const parsed = Decline.safeParse(body);
  if (!parsed.success) return undefined;
  return new Refusal('payment_declined', 'The payment was declined', {
    reason: parsed.data.reason,
  });
}

function isMoney({ amount, currency }: { amount?: string; currency?: string }): boolean {
  if (amount === undefined || currency === undefined) return true;
  try {
    return toMinor(amount, currency) >= 0;
  } catch {
    return false;
  }
}
