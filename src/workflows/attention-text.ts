import type { OperatorAction, OrderPolicy } from '../contract.ts';
import type { StuckStep } from './attention.ts';
import { recipes, type StepName } from './recipes.ts';

/** What it means for the customer and the shop that a step is stuck, and what can be done. */
interface Advice {
  meaning: string;
  actions: readonly OperatorAction[];
}

const NOT_RECORDED: Advice = {
  meaning: 'The order is not placed yet, and nothing is charged. The customer is waiting.',
  actions: ['retry', 'cancelOrder'],
};

const WRITING: Advice = {
  meaning: 'It has happened, but the database does not say so yet: customers see what was before.',
  actions: ['retry'],
};

const advice: Readonly<Record<StepName, Advice>> = {
  validateUser: NOT_RECORDED,
  fetchProducts: NOT_RECORDED,
  createOrder: NOT_RECORDED,
  reserveStock: NOT_RECORDED,
  releaseStock: {
    meaning: 'The order is cancelled, and its stock is still held. A refund does not wait for it.',
    actions: ['retry'],
  },
  chargePayment: {
    meaning:
      'The customer may have paid or not; the stock is held. Trying again never charges twice.',
    actions: ['retry', 'cancelOrder', 'confirmPayment'],
  },
  voidPayment: {
    meaning: 'The order is cancelled. If the customer has paid, the money is not given back yet.',
    actions: ['retry'],
  },
  recordTransition: WRITING,
  recordPayment: WRITING,
  recordNote: {
    meaning: 'What an operator did is done; only the note of it is missing in the database.',
    actions: ['retry'],
  },
  publishEvents: {
    meaning: 'The order goes on, but other systems have not heard of it. No event is lost.',
    actions: ['retry', 'cancelOrder', 'markShipped'],
  },
};

/** Paragraphs, not a table: the Web UI sets tables without lines or space. */
const explanations: Readonly<Record<OperatorAction, string>> = {
  retry: `**\`retry\`** tries again now what is stuck. Harmless, also when it fails again. Input, if you like: \`{"by": "you", "note": "why"}\``,
  cancelOrder: `**\`cancelOrder\`** stops the order and undoes it: money is refunded, stock is released. Input, if you like: \`{"by": "you", "reason": "why"}\``,
  confirmPayment: `**\`confirmPayment\`** makes it paid. Only if you know from the payment provider that the customer has paid. Input needed: \`{"by": "you", "transactionId": "the provider's number", "note": "how you know"}\``,
  confirmRefund: `**\`confirmRefund\`** says that a person gave the money back. Input needed: \`{"by": "you", "transactionId": "the provider's number", "note": "how you know"}\``,
  markShipped: `**\`markShipped\`** says that a paid order has left. Input, if you like: \`{"by": "you", "carrier": "…", "trackingNumber": "…"}\``,
};

/** The current details of an order, as Markdown for the Web UI; empty when all is well. */
export function describeAttention(
  stuck: readonly StuckStep[],
  notes: readonly string[],
  policy: OrderPolicy,
): string {
  const parts: string[] = [];
  if (stuck.length > 0) {
    parts.push('# This order is stuck', ...stuck.map((one) => describeStep(one, policy)));
  }
  if (notes.length > 0) parts.push('## Notes', notes.map((note) => `- ${note}`).join('\n'));
  const failed = stuck.filter(({ failure }) => failure.advice === undefined);
  if (failed.length > 0) parts.push('## What you can do', ...describeActions(failed));
  return parts.join('\n\n');
}

function describeStep(stuck: StuckStep, policy: OrderPolicy): string {
  if (stuck.failure.advice !== undefined) return stuck.failure.advice;
  return [
    `**${recipes[stuck.step].label}** failed: ${stuck.failure.message}.`,
    '',
    advice[stuck.step].meaning,
    '',
    `- failed at least ${stuck.attempts} times, and waits since ${time(stuck.since)} UTC`,
    `- tries again by itself: ${upcoming(stuck, policy)} UTC, then every ${duration(policy.parkedMaxMs)}`,
    `- step \`${stuck.step}\`, failure \`${stuck.failure.type}\`; how the last try failed is on the tab *Pending Activities*`,
  ].join('\n');
}

function describeActions(stuck: readonly StuckStep[]): string[] {
  const all = Object.keys(explanations) as OperatorAction[];
  const useful = all.filter((action) =>
    stuck.some(({ step }) => advice[step].actions.includes(action)),
  );
  return [
    'First mend what failed, or wait until others have. Then choose *More Actions* at the top right, *Send a Signal*, and one of these:',
    ...useful.map((action) => explanations[action]),
  ];
}

/** The next tries, as the server will make them if each of them fails at once. */
function upcoming(stuck: StuckStep, policy: OrderPolicy): string {
  const tries: string[] = [];
  let at = stuck.lastTry.getTime();
  let day = '';
  for (let pause = policy.parkedInitialMs; tries.length < 4; pause *= 2) {
    at += Math.min(pause, policy.parkedMaxMs);
    const [date = '', clock = ''] = time(new Date(at)).split(' ');
    tries.push(date === day ? clock : `${date} ${clock}`);
    day = date;
  }
  return tries.join(', ');
}

function time(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} seconds`;
  if (minutes % 60 !== 0) return `${minutes} minutes`;
  return minutes === 60 ? 'hour' : `${minutes / 60} hours`;
}
