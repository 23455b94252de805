import { setTimeout as delay } from 'node:timers/promises';
import { ORDER_WORKFLOW } from '../../src/contract/order.ts';
import { stuckQuery } from '../../src/visibility/stuck-query.ts';
import type { Operators } from '../people/operators.ts';
import type { ChaosStack } from '../stack/stack.ts';

/** How an end was reached after the last fault. Milliseconds; undefined when the bound was exceeded. */
export interface Settled {
  /** Every order is final, waits for shipment or a transfer, or is listed as stuck. */
  visibleMs: number | undefined;
  /** How many were stuck then. */
  stuck: number;
  /** After one retry of all: nothing is stuck. */
  retriedMs: number | undefined;
  /** Everything that was left open is shipped, and every workflow has ended. */
  endedMs: number | undefined;
}

const BOUND_MS = 300_000;
const PAUSE_MS = 500;

/** Brings a healed stack to its end, and measures how long each stage takes. */
export async function settle(
  stack: ChaosStack,
  operators: Operators,
  progress: (text: string) => void,
): Promise<Settled> {
  const orders = stack.database.collection('orders');
  const visibleMs = await until(async () => (await hidden(stack)) === 0);
  const stuck = await count(stack, STUCK);
  progress(`settled after ${visibleMs} ms, ${stuck} stuck`);

  let retriedMs: number | undefined = 0;
  if (stuck > 0) {
    await operators.retryStuck();
    retriedMs = await until(async () => (await count(stack, STUCK)) === 0);
  }

  const endedMs = await until(async () => {
    const paid = await orders.find({ status: 'PAGADO' }).limit(200).toArray();
    await Promise.all(paid.map(({ uuid }) => operators.shipByApi(uuid as string)));
    const pending = await orders.find({ status: 'CREADO' }).limit(200).toArray();
    await Promise.all(pending.map(({ uuid }) => operators.pay(uuid as string)));
    return (await count(stack, OPEN_ORDERS)) === 0;
  });
  return { visibleMs, stuck, retriedMs, endedMs };
}

async function until(isSo: () => Promise<boolean>): Promise<number | undefined> {
  const began = Date.now();
  while (Date.now() - began < BOUND_MS) {
    // A server that has just come back may refuse for a moment.
    if (await isSo().catch(() => false)) return Date.now() - began;
    await delay(PAUSE_MS);
  }
  return undefined;
}

const OPEN_ORDERS = `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running'`;
const STUCK = stuckQuery('orders');
const PAID = `${OPEN_ORDERS} AND OrderStatus = 'PAGADO'`;

async function count({ temporal }: ChaosStack, query: string): Promise<number> {
  return (await temporal.workflow.count(query)).count;
}

/** How many orders are neither at rest nor listed as stuck. */
async function hidden(stack: ChaosStack): Promise<number> {
  const [open, stuck, paid, paidAndStuck, transfers] = await Promise.all([
    count(stack, OPEN_ORDERS),
    count(stack, `${OPEN_ORDERS} AND (${STUCK})`),
    count(stack, PAID),
    count(stack, `${PAID} AND (${STUCK})`),
    stack.database.collection('payments').countDocuments({
      paymentMethod: 'bank_transfer',
      paymentStatus: 'pending',
    }),
  ]);
  return Math.max(0, open - stuck - (paid - paidAndStuck) - transfers);
}
