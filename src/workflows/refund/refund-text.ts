import { code } from '../../domain/markdown.ts';
import { toMajor } from '../../domain/pricing/money.ts';
import type { ReservedRefund } from '../../domain/records.ts';
import type { Failure } from '../steps/failure.ts';

const KINDS = {
  shop: 'The shop gives money back',
  withdrawal: 'The customer withdraws from the order',
  provider: 'The payment provider has given money back',
} as const;

const STATUSES = {
  requested: '**Waits for a decision.**',
  pending: '**The money is being given back.**',
  completed: '**The money is given back.**',
  refused: '**Nothing was given back.**',
} as const;

/** The current details of a refund, as Markdown for the Web UI. */
export function describeRefund(reserved: ReservedRefund | undefined): string {
  if (reserved === undefined) return '# Refund\n\n**It is being set aside.**';
  const { refund, order } = reserved;
  return [
    `# Refund of ${moneyOf(reserved)}, order ${order.orderNumber}`,
    STATUSES[refund.status],
    [
      `- ${KINDS[refund.kind]}, asked for by ${code(refund.by)}`,
      `- customer ${code(order.userId)}, of ${toMajor(order.totalAmount, order.currency)} ${order.currency}`,
      ...refund.lines.map(({ productId, quantity }) => `- ${quantity} × ${code(productId)}`),
      ...(refund.restock ? ['- the goods go back into the stock'] : []),
    ].join('\n'),
  ].join('\n\n');
}

/** A withdrawal is the customer's right; whether the goods are back only people see. */
export function withdrawalRequested(reserved: ReservedRefund): Failure {
  const advice = [
    `# The customer withdraws: ${moneyOf(reserved)} of order ${reserved.order.orderNumber}`,
    'The money has to be given back within 14 days of the withdrawal; it may be held back until the goods have arrived, or until the customer has shown that they are on their way.',
    'Choose *More Actions* at the top right, *Send a Signal*, and one of these:',
    [
      '- **`approve`** gives the money back. Input, if you like: `{"by": "you"}`',
      '- **`reject`** gives nothing back. Input: `{"by": "you", "reason": "why"}`',
    ].join('\n'),
  ].join('\n\n');
  return { type: 'withdrawal', message: 'a person has to decide', attempts: 1, advice };
}

/** Money that a person vouched for, and that Payments does not have. */
export function refundByHand(reserved: ReservedRefund): Failure {
  const advice = [
    `# Money has to be given back by hand: ${moneyOf(reserved)} of order ${reserved.order.orderNumber}`,
    'An operator confirmed the payment of this order, and Payments has no money of it. **Only a person can give this money back.** Do it at the provider, then choose *More Actions* at the top right, *Send a Signal*:',
    '- **`confirmRefund`** says that the money is given back. Input needed: `{"by": "you", "transactionId": "the number of the refund"}`',
  ].join('\n\n');
  return { type: 'refund_by_hand', message: 'a person has to give it back', attempts: 1, advice };
}

function moneyOf({ refund: { amount, currency } }: ReservedRefund): string {
  return `${toMajor(amount, currency)} ${currency}`;
}
