import type { HeldBack } from '../../contract/reconciler.ts';
import { toMajor } from '../../domain/pricing/money.ts';
import type {
  Discrepancies,
  DiscrepancyKind,
  OrderFacts,
  ReportKind,
} from '../../domain/reconciliation.ts';

/** What is wrong, and what a person has to find out. */
const explanations: Readonly<Record<ReportKind, (facts: OrderFacts) => string>> = {
  unreadable: ({ unreadable }) =>
    `What is known of the order **cannot be read**: ${unreadable.join('; ')}. The same service answers for other orders. Until it can be read, nothing is compared and nothing is repaired.`,
  abandonedPaid: () =>
    'The order is **paid** and not shipped, but **its workflow is gone**: somebody has terminated it. Nothing will happen to this order by itself any more, and it cannot be marked as shipped.',
  abandonedImport: () =>
    'The order was imported from another service and is still open, but **its workflow is gone**. `npm run import` gives it a workflow again.',
  manualRefundDue: ({ order, gateway }) =>
    [
      `The order is cancelled, and an operator had confirmed its payment **${order?.payment?.transactionId ?? ''}**: ${orderAmount(order)} that Payments knows nothing of. **Only a person can give this money back**; nobody has said yet that it was.`,
      ...(gateway?.status === 'refunded'
        ? [
            `Payments has given back **${gateway.transactionId ?? ''}** (${gatewayAmount(gateway)}): if that was the same money, confirm the refund with this number.`,
          ]
        : []),
    ].join(' '),
  paidTwice: ({ order, gateway }) =>
    `The order is **paid twice**: an operator confirmed payment **${order?.payment?.transactionId ?? ''}** (${orderAmount(order)}), and Payments captured **${gateway?.transactionId ?? 'another'}** (${gatewayAmount(gateway)}) under the order's key. Find out which of them are real, and give one back at the payment provider.`,
  amountDiffers: ({ order, gateway }) =>
    `The amounts **differ**: the order says **${orderAmount(order)}**, Payments says **${gatewayAmount(gateway)}** (${gateway?.status}). Give the difference back at the payment provider, or ask the customer for it.`,
  paidWithoutCharge: () =>
    'The order counts as **paid**, but Payments knows of **no completed charge**, and no operator has confirmed the payment. Ask the payment provider whether the money is there.',
  refundMissing: ({ order, gateway }) =>
    `More is recorded as **given back** than Payments has given: ${money(order?.refunds.completed, order?.currency)} here, ${money(gateway?.refunded, gateway?.currency)} there. The customer may be waiting for the difference: ask the payment provider.`,
};

const CANCEL =
  '- **`cancelOrder`** refunds what Payments has captured, releases the stock, and cancels the order. Money that was confirmed by hand has to be given back by hand. Input: `{"by": "you", "reason": "why"}` or empty';
const RESUME =
  '- **`resumeOrder`** gives the order its workflow again, as it is recorded: paid, and waiting to be shipped. Nothing is charged. Input: `{"by": "you", "note": "why"}` or empty';
const CONFIRM_REFUND =
  '- **`confirmRefund`** says that you have given the money back. Input needed: `{"by": "you", "transactionId": "the number of the refund, or none if there was no money", "note": "how you know"}`';
const RESOLVE =
  '- **`resolve`**: you have seen to it; ends this report, changes nothing. Input: `{"by": "you", "note": "what you found"}` or empty';
const RETRY = '- **`retry`** looks again now. Input: empty';
const HOW = '## What you can do\n\nChoose *Send a Signal* in the menu at the top right.';

/** The page of an order that a person has to judge, as Markdown for the Web UI. */
export function describeReport(facts: OrderFacts, { repair, report }: Discrepancies): string {
  return [
    `# What is known of order ${facts.orderId} does not agree`,
    report.map((kind) => `- ${explanations[kind](facts)}`).join('\n'),
    repair.length > 0 ? `Repaired without asking: ${repair.join(', ')}.` : '',
    'It is looked at again from time to time, and closes by itself once all agree.',
    HOW,
    [
      RESOLVE,
      ...(report.includes('abandonedPaid') ? [RESUME, CANCEL] : []),
      ...(report.includes('manualRefundDue') ? [CONFIRM_REFUND] : []),
      RETRY,
    ].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The page of what was held back until a person allows it. */
export function describeHeldBack(heldBack: HeldBack, since: string, maxOfAKind: number): string {
  const counts = Object.entries(heldBack) as [DiscrepancyKind, number][];
  return [
    '# Too many orders do not agree: the reconciler has held back',
    `Of the orders that changed since ${since}:`,
    counts.map(([kind, count]) => `- **${count} orders: \`${kind}\`**`).join('\n'),
    `One run looks into at most ${maxOfAKind} orders of a kind by itself. So many at once rather have one cause, and to repair them would do harm: an order whose workflow only cannot be *seen* would be cancelled and refunded. Nothing of these kinds is repaired or reported one by one before you have decided; all else goes on.`,
    '**Check first:** is `TEMPORAL_NAMESPACE` of the workers the right one? Was Temporal or MongoDB restored from a backup? Do `PAYMENTS_SERVICE_URL` and `INVENTORY_SERVICE_URL` lead to the right services, and did their answers change?',
    HOW,
    [
      '- **`retry`** looks at all of them again now, after the cause is gone. This page closes by itself once no more are left than a run may look into',
      '- **`allowRepairs`** looks into each of them, however many: what can be repaired is repaired, the rest is reported one by one. Input: `{"by": "you", "note": "why"}` or empty',
      '- **`resolve`** ends this page and leaves these orders as they are. Input: `{"by": "you", "note": "why"}` or empty',
    ].join('\n'),
  ].join('\n\n');
}

/** What a cancellation that an operator requested comes to. */
export const CANCELLATION_IGNORED =
  'a cancellation was requested and ignored: it would hide what is wrong. Use one of the signals above instead';

function orderAmount(order: OrderFacts['order']): string {
  return order ? `${toMajor(order.totalAmount, order.currency)} ${order.currency}` : 'nothing';
}

function gatewayAmount(gateway: OrderFacts['gateway']): string {
  return money(gateway?.amount, gateway?.currency);
}

function money(amount: number | undefined, currency: string | undefined): string {
  if (amount === undefined || currency === undefined) return 'an unknown amount';
  return `${toMajor(amount, currency)} ${currency}`;
}
