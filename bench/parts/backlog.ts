import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { beginBulk } from '../../src/visibility/begin-bulk.ts';
import { actionQuery } from '../../src/visibility/stuck-query.ts';
import { placeOrders } from '../load.ts';
import type { PaidOrders } from '../paid-orders.ts';
import type { BacklogFigures } from '../results.ts';
import type { BenchStack } from '../stack/stack.ts';
import { percentiles, rounded } from '../statistics.ts';

const QUEUE = 'orders';
const FRESH = 300;
const FRESH_IN_FLIGHT = 4;
const STUCK_IN_FLIGHT = 32;
const STUCK_MS = 600_000;
const LOOK_MS = 2_000;
/** Until the first few have shown that it helps, and the others are told at full speed. */
const SPEED_UP_MS = 15_000;

/**
 * Measures how long fresh orders take to be accepted and paid, before anything is stuck, and while so
 * many orders that were stuck at the charge are retried by one action on all of them.
 */
export async function measureBacklog(
  stack: BenchStack,
  { stuck, paid }: { stuck: number; paid: PaidOrders },
  progress: (text: string) => void,
): Promise<BacklogFigures> {
  const { place } = stack.orders;
  const { temporal } = stack;
  progress('backlog, fresh orders alone');
  const alone = await fresh();
  const repair = await breakPayments(stack.paymentsUrl);
  await placeOrders({
    ...{ count: stuck, concurrency: STUCK_IN_FLIGHT, place, paidAt: undefined },
    onPlaced: (done) => progress(`backlog, ${done} of ${stuck} orders are placed`),
  });
  const query = actionQuery(QUEUE, 'retry', { failedStep: 'chargePayment' });
  for (const end = Date.now() + STUCK_MS; ; await delay(LOOK_MS)) {
    const { count } = await temporal.workflow.count(query);
    progress(`backlog, ${count} of ${stuck} orders are stuck`);
    if (count === stuck) break;
    if (Date.now() > end) throw new Error(`only ${count} of ${stuck} orders are stuck`);
  }
  await repair();
  const began = performance.now();
  const request = { action: 'retryStuck', failedStep: 'chargePayment', by: 'bench' } as const;
  await beginBulk(temporal, QUEUE, request);
  await delay(SPEED_UP_MS);
  progress('backlog, fresh orders while the others are retried');
  const meanwhile = await fresh();
  const { count: left } = await temporal.workflow.count(query);
  const seconds = (performance.now() - began) / 1_000;
  return {
    stuck,
    ...{ alone, meanwhile, retried_per_s: rounded((stuck - left) / seconds), left },
    load_average: rounded(loadavg()[0] ?? 0),
  };

  async function fresh() {
    const paidAt = (orderId: string) => paid.paidAt(orderId);
    const placed = await placeOrders({
      ...{ count: FRESH, concurrency: FRESH_IN_FLIGHT, place, paidAt },
    });
    return {
      accepted_ms: percentiles(placed.map(({ sentAt, acceptedAt }) => acceptedAt - sentAt)),
      paid_ms: percentiles(placed.map(({ sentAt, paidAt }) => paidAt - sentAt)),
    };
  }
}

async function breakPayments(paymentsUrl: string): Promise<() => Promise<unknown>> {
  const faults = `${paymentsUrl}/admin/faults`;
  const answer = await fetch(faults, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ route: 'POST /api/payments', kind: 'errorBefore' }),
  });
  if (!answer.ok) throw new Error(`the fault was not taken: ${await answer.text()}`);
  return () => fetch(faults, { method: 'DELETE' });
}
