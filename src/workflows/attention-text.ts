import type { OrderPolicy } from '../contract.ts';
import type { StuckStep } from './attention.ts';
import { recipes } from './recipes.ts';

const HELP = `## What you can do

Choose *Send a Signal* in the menu at the top right. The input may stay empty.

| signal | what it does |
|---|---|
| \`retry\` | tries the failed steps again now; harmless, also when it fails again |
| \`cancelOrder\` | stops the order and undoes it: money is refunded, stock is released. Input: \`{"by": "you", "reason": "why"}\` |
| \`confirmPayment\` | only if you know from the payment provider that the customer has paid. Input: \`{"by": "you", "transactionId": "the provider's number", "note": "how you know"}\` |
| \`markShipped\` | only for an order that is paid. Input: \`{"by": "you", "carrier": "…", "trackingNumber": "…"}\` |
`;

/** The current details of an order, as Markdown for the Web UI; empty when all is well. */
export function describeAttention(
  stuck: readonly StuckStep[],
  notes: readonly string[],
  policy: OrderPolicy,
): string {
  const parts: string[] = [];
  if (stuck.length > 0) {
    parts.push('# This order is stuck', ...stuck.map((one) => describeStep(one, policy)), HELP);
  }
  if (notes.length > 0) parts.push('## Notes', notes.map((note) => `- ${note}`).join('\n'));
  return parts.join('\n\n');
}

function describeStep(stuck: StuckStep, policy: OrderPolicy): string {
  return [
    `**${recipes[stuck.step].label}** failed: ${stuck.failure.message}.`,
    '',
    `- failed at least ${stuck.attempts} times, and waits since ${time(stuck.since)}`,
    `- tries again by itself: ${upcoming(stuck, policy)}, then at least every ${duration(policy.parkedMaxMs)}`,
    `- step \`${stuck.step}\`, failure \`${stuck.failure.type}\`; the attempts under way are on the page *Pending Activities*`,
  ].join('\n');
}

/** The next tries, as the server will make them if each of them fails at once. */
function upcoming(stuck: StuckStep, policy: OrderPolicy): string {
  const tries: string[] = [];
  let at = stuck.lastTry.getTime();
  for (let pause = policy.parkedInitialMs; tries.length < 4; pause *= 2) {
    at += Math.min(pause, policy.parkedMaxMs);
    tries.push(time(new Date(at)));
  }
  return tries.join(', ');
}

function time(date: Date): string {
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} seconds`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${minutes} minutes`;
}
