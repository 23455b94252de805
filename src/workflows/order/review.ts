import { condition } from '@temporalio/workflow';
import { type OrderInput, REVIEW } from '../../contract/order.ts';
import { toMajor } from '../../domain/pricing/money.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Intents } from '../actions/intents.ts';
import type { Failure } from '../steps/failure.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { EventQueue } from './event-queue.ts';
import type { OrderRecord } from './order-record.ts';

interface Deps {
  input: OrderInput;
  order: OrderRecord;
  events: EventQueue;
  intents: Intents;
  stuck: StuckState;
}

/**
 * Holds an order that costs more than its policy lets through, before it is charged, until a person
 * approves it. Throws Refusal review_expired when nobody has in time.
 */
export async function reviewed({ input, order, events, intents, stuck }: Deps): Promise<void> {
  const { review } = input.policy;
  const { totalAmount, currency } = order.sold;
  const over = review?.over[currency];
  if (review === undefined || over === undefined || totalAmount <= over) return;
  intents.awaitsReview = true;
  // Others hear now that it was placed: it may be days until there is more to tell.
  events.release();
  const limit = money(over, currency);
  const held = stuck.add(
    'chargePayment',
    toReview(money(totalAmount, currency), limit, review.withinMs),
  );
  try {
    if (await condition(() => intents.isApproved, review.withinMs)) return;
    throw new Refusal('review_expired', 'Nobody has approved the order in time');
  } finally {
    intents.awaitsReview = false;
    stuck.remove(held);
  }
}

function toReview(total: string, limit: string, withinMs: number): Failure {
  const until = new Date(Date.now() + withinMs).toISOString().slice(0, 16).replace('T', ' ');
  const advice = [
    `**The order waits for a review.** It costs ${total}, and orders of more than ${limit} need a person's approval. Nothing is charged yet; its stock is held.`,
    `Nobody having decided by ${until} UTC, it is cancelled. Choose *More Actions* at the top right, *Send a Signal*:`,
    '**`approve`** with `{"by": "you", "note": "why"}` lets it go on: it is charged.',
    '**`cancelOrder`** with `{"by": "you", "reason": "why"}` releases the stock.',
  ];
  return { type: REVIEW, message: 'waits for a review', attempts: 0, advice: advice.join('\n\n') };
}

function money(minor: number, currency: string): string {
  return `${toMajor(minor, currency)} ${currency}`;
}
