import { toMajor } from '../../domain/pricing/money.ts';
import type { StepActivities, StepName } from './step-options.ts';

type Summaries = { [Name in StepName]?: (input: Parameters<StepActivities[Name]>[0]) => string };

const MAX_LENGTH = 160;

/** What of its input tells one attempt from another, for the timeline of the Web UI. */
const summaries: Summaries = {
  checkOrder: ({ userId, productIds }) => `customer ${userId}, ${counted(productIds, 'product')}`,
  placeOrder: ({ lines, totalAmount, currency }) =>
    `${counted(lines, 'product')}, ${money(totalAmount, currency)}`,
  keepRefusal: ({ code }) => code,
  chargePayment: ({ amount, currency, paymentMethod }) =>
    `${money(amount, currency)} by ${paymentMethod.replaceAll('_', ' ')}`,
  recordTransition: ({ from, to, by }) => `${from} to ${to}, by ${by}`,
  recordPayment: ({ payment }) => payment.paymentStatus,
  recordNote: ({ comment, by, note }) => `${comment}, by ${by}${note ? `: ${note}` : ''}`,
  recordAddress: ({ by }) => `by ${by}`,
  refundPayment: ({ amount, currency }) => money(amount, currency),
  takeBackStock: ({ lines }) => counted(lines, 'product'),
  recordDecision: ({ status, decidedBy }) => `${status}, by ${decidedBy}`,
  publishEvents: (events) => events.map(({ type }) => type).join(', '),
};

/** Undefined where the name of the step says it all. */
export function summaryOf(name: StepName, input: unknown): string | undefined {
  const summary = summaries[name] as ((input: unknown) => string) | undefined;
  return summary?.(input).slice(0, MAX_LENGTH);
}

function counted(things: readonly unknown[], what: string): string {
  return `${things.length} ${things.length === 1 ? what : `${what}s`}`;
}

function money(minor: number, currency: string): string {
  return `${toMajor(minor, currency)} ${currency}`;
}
