import type { Reportable, Verdict } from '../domain/reconciliation.ts';

const words: Readonly<Record<Reportable, string>> = {
  paidWithoutCharge:
    'The order counts as **paid**, but Payments knows of **no completed charge**, and no operator has confirmed the payment. Ask the payment provider whether the money is there.',
  abandonedPaid:
    'The order is **paid** and not shipped, but **its workflow is gone**: somebody has terminated it. Nothing will happen to this order by itself any more, and it cannot be marked as shipped.',
};

/** The page of an order that a person has to judge, as Markdown for the Web UI. */
export function describeReport(
  orderId: string,
  { mend, report }: Verdict,
  since: Date,
  notes: readonly string[],
): string {
  return [
    `# What is known of order ${orderId} does not agree`,
    `Found ${since.toISOString()}.`,
    report.map((kind) => `- ${words[kind]}`).join('\n'),
    mend.length > 0 ? `Mended by itself: ${mend.join(', ')}.` : '',
    '## What you can do',
    'Choose *Send a Signal* in the menu at the top right.',
    [
      '- **`resolve`**: you have seen to it; ends this report, changes nothing. Input: `{"by": "you", "note": "what you found"}` or empty',
      ...(report.includes('abandonedPaid')
        ? [
            '- **`cancelOrder`** refunds what Payments has captured, releases the stock, and cancels the order. Money that was confirmed by hand has to be given back by hand. Input: `{"by": "you", "reason": "why"}` or empty',
          ]
        : []),
    ].join('\n'),
    notes.length > 0 ? `## Notes\n\n${notes.map((note) => `- ${note}`).join('\n')}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
