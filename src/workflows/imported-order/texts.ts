import { NO_REFUND } from '../../domain/evidence-comment.ts';
import type { PaymentRecord } from '../../domain/records.ts';

/** For an order of another service that nobody knows to be paid, as Markdown for the Web UI. */
export function chargedOrNot(orderId: string, payment: PaymentRecord): string {
  return [
    '**Was this order paid?** The service before this one placed it, and may have charged it or not. It is not charged again.',
    `Look for order \`${orderId}\` at the payment provider. ${recorded(payment)}`,
    'Then choose *More Actions* at the top right, *Send a Signal*:',
    '**`confirmPayment`** if it was paid. Input needed: `{"by": "you", "transactionId": "the provider\'s number", "note": "how you know"}`',
    '**`cancelOrder`** if it was not, or shall not be. Input, if you like: `{"by": "you", "reason": "why"}`. The order then asks for what has to be refunded.',
  ].join('\n\n');
}

/** For one that is cancelled, and whose money and stock only a person can give back. */
export function refundByHand(orderId: string, payment: PaymentRecord): string {
  return [
    '**Refund this order by hand.** It is cancelled; the service before this one charged it and reserved its stock, under keys that are not known here.',
    `Refund what the payment provider has for order \`${orderId}\`, and release its stock. ${recorded(payment)}`,
    'Then choose *More Actions* at the top right, *Send a Signal*:',
    `**\`confirmRefund\`** when the money is given back. Input needed: \`{"by": "you", "transactionId": "the refund's number", "note": "how you know"}\`; with \`"transactionId": "${NO_REFUND}"\` if nothing had been charged.`,
  ].join('\n\n');
}

function recorded({ paymentStatus, transactionId }: PaymentRecord): string {
  if (transactionId === undefined) return 'No transaction was recorded.';
  return `Recorded was transaction \`${transactionId}\`, ${paymentStatus}.`;
}
