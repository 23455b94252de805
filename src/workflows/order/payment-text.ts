import { toMajor } from '../../domain/pricing/money.ts';
import type { GatewayPayment } from '../../domain/reconciliation.ts';
import type { SoldLines } from '../../domain/records.ts';
import type { Failure } from '../steps/failure.ts';

/*
 * What a person has to decide about money, as failures with Markdown for the Web UI. The amounts
 * are shown in major units.
 */

const CHOOSE = 'Then choose *More Actions* at the top right, *Send a Signal*:';

export function twoPayments(orderId: string, captured: string, vouchedFor: string): Failure {
  const advice = [
    `**The customer may have paid twice.** A person confirmed the payment \`${vouchedFor}\`, and Payments captured \`${captured}\` for the same order \`${orderId}\`.`,
    `Look for both at the payment provider. If they are two payments, give \`${vouchedFor}\` back there. ${CHOOSE}`,
    `**\`confirmPayment\`** with \`{"by": "you", "transactionId": "${captured}", "note": "what became of the other"}\` makes the order paid by what Payments captured.`,
    `**\`cancelOrder\`** refunds \`${captured}\`, and asks for what became of \`${vouchedFor}\`.`,
  ];
  return failure('two_payments', `paid as ${vouchedFor} and as ${captured}`, advice);
}

export function amountDiffers(orderId: string, sold: SoldLines, found: GatewayPayment): Failure {
  const asked = money(sold.totalAmount, sold.currency);
  const got =
    found.amount === undefined || found.currency === undefined
      ? 'an unknown amount'
      : money(found.amount, found.currency);
  const advice = [
    `**The bank transfer differs from the order.** Payments received ${got}, and order \`${orderId}\` costs ${asked}.`,
    `Settle the difference with the customer. ${CHOOSE}`,
    `**\`confirmPayment\`** with \`{"by": "you", "transactionId": "${found.transactionId ?? 'the number of the payment'}", "note": "how it was settled"}\` makes the order paid.`,
    '**`cancelOrder`** gives the money back and releases the stock.',
  ];
  return failure('payments_amount_differs', `received ${got} for ${asked}`, advice);
}

export function refundOwed(
  orderId: string,
  sold: SoldLines,
  transactionId: string | undefined,
): Failure {
  const asked = money(sold.totalAmount, sold.currency);
  const which = transactionId === undefined ? '' : ` by the payment \`${transactionId}\``;
  const advice = [
    `**Money has to be given back by a person.** Order \`${orderId}\` over ${asked} is cancelled. It was paid${which}, which Payments did not capture here or cannot refund.`,
    `Give the money back at the payment provider or by bank. ${CHOOSE}`,
    '**`confirmRefund`** with `{"by": "you", "transactionId": "the number of the refund", "note": "how"}` records the refund. With `"transactionId": "none"` it says that there was no money to give back.',
  ];
  return failure('refund_by_person', 'a person has to give the money back', advice);
}

function failure(type: string, message: string, advice: string[]): Failure {
  return { type, message, attempts: 1, advice: advice.join('\n\n') };
}

function money(minor: number, currency: string): string {
  return `${toMajor(minor, currency)} ${currency}`;
}
