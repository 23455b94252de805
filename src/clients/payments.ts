import { z } from 'zod';
import { type PaymentMethod, paymentMethods } from '../domain/order.ts';
import { toMajor, toMinor } from '../domain/pricing/money.ts';
import { type GatewayPayment, gatewayStatuses } from '../domain/reconciliation.ts';
import { Refusal } from '../domain/refusal.ts';
import { createServiceClient } from './http/http-client.ts';
import { ServiceFailure } from './http/service-failure.ts';

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
  /** Of the payment, in minor units; absent when Payments does not tell them. */
  amount?: number;
  currency?: string;
}

const PaymentStatus = z.enum(gatewayStatuses);

/** `amount` in major units; what is no amount of its currency is no payment. */
const PaymentAnswer = z
  .object({
    transactionId: z.string().min(1),
    status: PaymentStatus,
    amount: z.string(),
    currency: z.string(),
  })
  .refine(isMoney);

/** A key that was voided before its charge came has neither transaction nor amount. */
const Voided = z.object({
  transactionId: z.string().optional(),
  status: PaymentStatus.exclude(['completed', 'pending']),
  // The money is given back, whatever is said of the amount.
  amount: z.string().optional().catch(undefined),
  currency: z.string().optional().catch(undefined),
});

/** Any word of a status: one that is new is no reason to take Payments for broken. */
const KnownFields = z.object({
  transactionId: z.string().optional(),
  status: z.string().regex(/^[\w-]{1,40}$/),
  method: z.enum(paymentMethods).optional(),
  amount: z.string().optional(),
  refundedAmount: z.string().optional(),
  currency: z.string().optional(),
});

const Known = KnownFields.refine(isMoney);

const KnownMany = z.object({
  payments: z.array(KnownFields.extend({ key: z.string() }).refine(isMoney)),
});

const Refunded = z.object({ refundId: z.string().min(1), amount: z.string() });

const Exceeds = z.object({ code: z.literal('refund_exceeds_captured'), left: z.string() });

const Decline = z.object({ code: z.literal('payment_declined'), reason: z.string() });

/** `amount` in minor units of `currency`. */
export interface PartialRefund {
  amount: number;
  currency: string;
}

/** Payments has no payment under the key that money could be given back of. */
export class NoPayment extends Error {}

export interface PaymentsService {
  /**
   * Captures the money, or begins a bank transfer, once for each key. Throws Refusal
   * payment_declined, and ServiceFailure for everything short of exactly this amount.
   */
  charge(key: string, charge: Charge): Promise<ChargedPayment>;
  /**
   * What is known under the key; undefined when nothing is. Amount in minor units. Throws
   * ServiceFailure also for a status that is not known here, and for money without an amount.
   */
  find(key: string): Promise<GatewayPayment | undefined>;
  /** The same of many keys, at most 500, by key; those that nothing is known under are left out. */
  findMany(keys: readonly string[]): Promise<Map<string, GatewayPayment>>;
  /** Gives back what was captured, and rejects a charge with this key that lands later. */
  void(key: string): Promise<VoidedPayment>;
  /**
   * Gives back part of what was captured under the key, once for each refund key; answers the number
   * of the refund. Throws NoPayment, and Refusal refund_exceeds_order.
   */
  refund(key: string, refundKey: string, refund: PartialRefund): Promise<string>;
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
  // What the reconciler cannot read, or a transfer that is asked for in vain, must not stop refunds.
  const lookups = createServiceClient({
    service: 'payments',
    baseUrl,
    breaker: { name: 'payments look-up', volumeThreshold: 20, resetMs },
  });

  async function find(key: string): Promise<GatewayPayment | undefined> {
    const payment = await lookups.find({
      method: 'GET',
      path: byKey(key),
      timeoutMs: 3_000,
      schema: Known,
      changes: false,
      absent: 'payment_not_found',
    });
    return payment && asGatewayPayment(payment);
  }

  return {
    find,

    async findMany(keys) {
      const { payments } = await lookups.call({
        method: 'POST',
        path: '/api/payments/lookup',
        body: { keys },
        timeoutMs: 10_000,
        schema: KnownMany,
        changes: false,
      });
      return new Map(payments.map(({ key, ...payment }) => [key, asGatewayPayment(payment)]));
    },

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
        schema: PaymentAnswer,
        changes: true,
        refusal: (status, body) => (status === 402 ? decline(body) : undefined),
      });
      return { transactionId: payment.transactionId, status: chargedStatus(payment, charge) };
    },

    async void(key) {
      const { status, transactionId, amount, currency } = await reversals.call({
        method: 'POST',
        path: `${byKey(key)}/void`,
        timeoutMs: 10_000,
        schema: Voided,
        changes: true,
      });
      const money = isMoney({ amount, currency }) ? moneyOf(amount, currency) : undefined;
      return { refunded: status === 'refunded', transactionId, ...money };
    },

    async refund(key, refundKey, { amount, currency }) {
      const asked = toMajor(amount, currency);
      const refund = await reversals.call({
        method: 'POST',
        path: `${byKey(key)}/refund`,
        headers: { 'Idempotency-Key': refundKey },
        body: { amount: asked },
        timeoutMs: 10_000,
        schema: Refunded,
        changes: true,
        refusal: (status, body) => {
          if (isNoPayment(status, body)) return new NoPayment('Payments knows no such payment');
          return status === 422 ? exceeds(body, currency) : undefined;
        },
      });
      if (refund.amount !== asked) {
        throw new ServiceFailure('payments', 'unknown', 'refunded another amount than was asked');
      }
      return refund.refundId;
    },

    close() {
      for (const one of [charges, reversals, lookups]) one.close();
    },
  };
}

function byKey(key: string): string {
  return `/api/payments/by-key/${encodeURIComponent(key)}`;
}

function asGatewayPayment(payment: z.output<typeof Known>): GatewayPayment {
  const { status: word, amount, refundedAmount, currency, ...known } = payment;
  const status = PaymentStatus.safeParse(word).data;
  if (status === undefined) {
    throw new ServiceFailure('payments', 'transient', `says the payment is ${word}`);
  }
  const money = moneyOf(amount, currency);
  if ((status === 'completed' || status === 'pending') && money === undefined) {
    throw new ServiceFailure('payments', 'transient', `says ${status} without an amount`);
  }
  const refunded = moneyOf(refundedAmount, currency)?.amount;
  return { ...known, status, ...money, ...(refunded !== undefined && { refunded }) };
}

function moneyOf(amount?: string, currency?: string) {
  if (amount === undefined || currency === undefined) return undefined;
  return { amount: toMinor(amount, currency), currency };
}

/** An order is only paid by a capture of its own amount: anything else is for an operator. */
function chargedStatus(
  { status, amount, currency }: z.output<typeof PaymentAnswer>,
  charge: Charge,
) {
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

function isNoPayment(status: number, body: unknown): boolean {
  const absent = z.object({ code: z.literal('payment_not_found') });
  return status === 404 && absent.safeParse(body).success;
}

function exceeds(body: unknown, currency: string): Refusal | undefined {
  const parsed = Exceeds.safeParse(body);
  if (!parsed.success) return undefined;
  return new Refusal('refund_exceeds_order', 'Payments has not so much left of the payment', {
    left: parsed.data.left,
    currency,
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
