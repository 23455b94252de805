import { z } from 'zod';
import { toMajor, toMinor } from '../domain/money.ts';
import type { PaymentMethod } from '../domain/order.ts';
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

export interface CapturedPayment {
  transactionId: string;
}

const Payment = z.object({
  transactionId: z.string().min(1),
  status: z.enum(['completed', 'pending', 'refunded', 'voided', 'failed', 'expired']),
  amount: z.string(),
  currency: z.string(),
});

const Decline = z.object({ code: z.literal('payment_declined'), reason: z.string() });

export interface PaymentsService {
  /**
   * Captures the money, once for each key. Throws Refusal payment_declined, and ServiceFailure for
   * everything short of a capture of exactly this amount.
   */
  charge(key: string, charge: Charge, signal?: AbortSignal): Promise<CapturedPayment>;
  close(): void;
}

export function createPaymentsService(baseUrl: string): PaymentsService {
  const client = createServiceClient({
    service: 'payments',
    baseUrl,
    timeoutMs: 10_000,
    breaker: { volumeThreshold: 10, resetTimeoutMs: 30_000 },
  });
  return {
    async charge(key, charge, signal) {
      const payment = await client.call({
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
        schema: Payment,
        changes: true,
        refusal: (status, body) => (status === 402 ? decline(body) : undefined),
        signal,
      });
      assertCaptured(payment, charge);
      return { transactionId: payment.transactionId };
    },
    close: () => client.close(),
  };
}

/** An order is only paid by a capture of its own amount: anything else is for an operator. */
function assertCaptured(payment: z.output<typeof Payment>, charge: Charge): void {
  if (payment.status !== 'completed') {
    throw new ServiceFailure('payments', 'unknown', `says the payment is ${payment.status}`);
  }
  const sameCurrency = payment.currency === charge.currency;
  if (!sameCurrency || toMinor(payment.amount, payment.currency) !== charge.amount) {
    throw new ServiceFailure('payments', 'unknown', 'captured another amount than was asked');
  }
}

function decline(body: unknown): Refusal | undefined {
  const parsed = Decline.safeParse(body);
  if (!parsed.success) return undefined;
  return new Refusal('payment_declined', 'The payment was declined', {
    reason: parsed.data.reason,
  });
}
