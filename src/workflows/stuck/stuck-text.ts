import type { OperatorAction, OrderPolicy } from '../../contract/order.ts';
import { code, plain } from '../../domain/markdown.ts';
import { actions } from '../actions/actions.ts';
import { type StepName, stepOptions } from '../steps/step-options.ts';
import { needsPerson, type StuckStep } from './stuck-step.ts';

/** What it means for the customer and the shop that a step is stuck, and what can be done. */
interface Advice {
  meaning: string;
  actions: readonly OperatorAction[];
}

const WRITING: Advice = {
  meaning: 'It has happened, but the database does not say so yet: customers see what was before.',
  actions: ['retry'],
};

const advice: Readonly<Record<StepName, Advice>> = {
  checkOrder: {
    meaning: 'The order is not placed yet, and nothing is charged. The customer is waiting.',
    actions: ['retry', 'cancelOrder'],
  },
  placeOrder: {
    meaning:
      'The order is not placed yet, and nothing is charged; its stock may be held. The customer is waiting.',
    actions: ['retry', 'cancelOrder'],
  },
  loadOrder: {
    meaning: 'Nothing is refunded or released before the order is compared with its record.',
    actions: ['retry'],
  },
  dropUnrecorded: {
    meaning: 'The order was never recorded; rows of its items are left, which nobody sees.',
    actions: ['retry'],
  },
  keepRefusal: {
    meaning:
      'The order is refused, and nothing is charged. The customer is not told before it is recorded.',
    actions: ['retry'],
  },
  releaseStock: {
    meaning: 'The order is cancelled, and its stock is still held. A refund does not wait for it.',
    actions: ['retry'],
  },
  chargePayment: {
    meaning:
      'The customer may have paid or not; the stock is held. Trying again never charges twice.',
    actions: ['retry', 'cancelOrder', 'confirmPayment'],
  },
  checkTransfer: {
    meaning:
      'The time for the bank transfer is over, and nobody knows whether it came; the stock is held.',
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
  recordAddress: {
    meaning:
      'The database still has the old address: hold the parcel back. The order is not marked shipped before.',
    actions: ['retry', 'cancelOrder'],
  },
  reserveRefund: {
    meaning: 'Nothing is given back yet. Whoever asked for the refund is waiting.',
    actions: ['retry'],
  },
  refundPayment: {
    meaning:
      'The customer may have the money back or not. Trying again never gives it back twice; `confirmRefund` only if you know from the provider that it was given back.',
    actions: ['retry', 'confirmRefund'],
  },
  takeBackStock: {
    meaning: 'The money is given back; the goods cannot be sold again yet.',
    actions: ['retry'],
  },
  recordDelivery: WRITING,
  recordDecision: WRITING,
  recordRefund: WRITING,
  publishEvents: {
    meaning: 'The order goes on, but other systems have not heard of it. No event is lost.',
    actions: ['retry', 'cancelOrder', 'markShipped'],
  },
};

/** The current details of an order, as Markdown for the Web UI; empty when all is well. */
export function describeStuck(
  stuck: readonly StuckStep[],
  notes: readonly string[],
  policy: OrderPolicy,
): string {
  const parts: string[] = [];
  if (stuck.length > 0) {
    const waits = '# This order goes on, and its events wait for RabbitMQ';
    const heading = stuck.some(needsPerson) ? '# This order is stuck' : waits;
    parts.push(heading, ...stuck.map((one) => describeStep(one, policy)));
  }
  if (notes.length > 0) parts.push('## Notes', notes.map((note) => `- ${plain(note)}`).join('\n'));
  const failed = stuck.filter(({ failure }) => failure.advice === undefined);
  if (failed.length > 0) parts.push('## What you can do', ...describeActions(failed));
  return parts.join('\n\n');
}

function describeStep(stuck: StuckStep, policy: OrderPolicy): string {
  if (stuck.failure.advice !== undefined) return stuck.failure.advice;
  return [
    `**${stepOptions[stuck.step].label}** failed: ${plain(stuck.failure.message)}.`,
    '',
    advice[stuck.step].meaning,
    '',
    `- failed at least ${stuck.failure.attempts} times, and is stuck since ${time(stuck.since)} UTC`,
    `- tries again by itself, unless the step is paused: ${upcoming(stuck, policy)} UTC, then every ${duration(policy.stuckMaxMs)}`,
    `- step \`${stuck.step}\`, failure ${code(stuck.failure.type)}; how the last try failed, and whether somebody paused the step, is on the tab *Pending Activities*`,
  ].join('\n');
}

function describeActions(stuck: readonly StuckStep[]): string[] {
  const all = Object.keys(actions) as OperatorAction[];
  const useful = all.filter((action) =>
    stuck.some(({ step }) => advice[step].actions.includes(action)),
  );
  return [
    'First repair what failed, or wait until the service recovers. Then choose *More Actions* at the top right, *Send a Signal*, and one of these:',
    ...useful.map((action) => actions[action].help),
  ];
}

/** The next tries, as the server will make them if each of them fails at once. */
function upcoming(stuck: StuckStep, policy: OrderPolicy): string {
  const tries: string[] = [];
  let at = stuck.lastTry.getTime();
  let day = '';
  for (let pause = stuck.pauseMs; tries.length < 4; pause *= 2) {
    at += Math.min(pause, policy.stuckMaxMs);
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
