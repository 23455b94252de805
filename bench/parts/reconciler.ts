import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { chargeKey } from '../../src/contract/idempotency-keys.ts';
import {
  RECONCILER_WORKFLOW,
  type ReconcilerResult,
  reconcilePolicy,
} from '../../src/contract/reconciler.ts';
import type { CpuAccounting } from '../cpu/accounting.ts';
import { placeOrders } from '../load.ts';
import type { PaidOrders } from '../paid-orders.ts';
import type { ReconcilerFigures } from '../results.ts';
import type { BenchStack } from '../stack/stack.ts';
import { rounded } from '../statistics.ts';

const CHANGED_SHARE = 10;
const BATCH = 2_000;
const CHARGES_AT_ONCE = 50;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const SHIPPED_MS = 60_000;

/**
 * Measures a run of the reconciler over a tenth of the stored orders, shipped long ago but for that
 * tenth, which has changed since the last run. They are copies of one that was really placed and
 * shipped; Payments has a capture for each that is looked at.
 */
export async function measureReconciler(
  stack: BenchStack,
  processes: CpuAccounting,
  { stored, paid }: { stored: number; paid: PaidOrders },
  progress: (text: string) => void,
): Promise<ReconcilerFigures> {
  const template = await shippedOrder(stack, paid);
  const changed = Math.ceil(stored / CHANGED_SHARE);
  const since = new Date(Date.now() - HOUR_MS);
  const longAgo = new Date(Date.now() - 60 * DAY_MS);
  await copy(stack, template, stored - changed, { updatedAt: longAgo, since }, progress);
  const ids = await copy(stack, template, changed, { updatedAt: new Date(), since }, progress);
  await charge(stack, template, ids, progress);

  progress(`reconciler, looking at ${changed} of ${stored} orders`);
  const from = processes.cpuTimes();
  const began = performance.now();
  const result = (await stack.temporal.workflow.execute(RECONCILER_WORKFLOW, {
    workflowId: `bench-${RECONCILER_WORKFLOW}`,
    taskQueue: 'orders',
    args: [{ policy: reconcilePolicy, since: since.toISOString() }],
  })) as ReconcilerResult;
  const seconds = (performance.now() - began) / 1_000;
  if (!result.isComplete) throw new Error(`the run was not complete: ${result.stopped}`);
  const to = processes.cpuTimes();
  const cpu = (name: string) => {
    const ms = processes.cpuMs(name, from, to);
    return ms === undefined ? null : rounded(ms / 1_000);
  };
  return {
    ...{ stored, looked: result.looked, suspects: result.suspects },
    ...{ seconds: rounded(seconds), per_s: Math.round(result.looked / seconds) },
    cpu_s: {
      worker: cpu(stack.orders.worker.name),
      temporal: cpu('temporal'),
      mongodb: cpu('mongodb'),
      simulators: cpu('simulators'),
    },
    load_average: rounded(loadavg()[0] ?? 0),
  };
}

type Document = Record<string, unknown>;

interface Template {
  order: Document;
  payment: Document;
  paid: Document;
}

/** The documents of an order that was placed and shipped. */
async function shippedOrder(stack: BenchStack, paid: PaidOrders): Promise<Template> {
  const { place, send } = stack.orders;
  const paidAt = (orderId: string) => paid.paidAt(orderId);
  const [placed] = await placeOrders({ count: 1, concurrency: 1, place, paidAt });
  const orderId = placed?.orderId;
  const token = await stack.tokenOf('admin', 'admin');
  const path = `/api/orders/${orderId}/status`;
  const body = { status: 'ENVIADO' };
  await send({ method: 'PATCH', path, token, body, expected: [200, 202] });
  const read = async (collection: string, filter: object): Promise<Document> => {
    for (const end = Date.now() + SHIPPED_MS; Date.now() < end; ) {
      const found = await stack.database.collection(collection).findOne(filter);
      if (found !== null) return withoutId(found);
    }
    throw new Error(`no ${collection} of the order that was shipped`);
  };
  return {
    order: await read('orders', { uuid: orderId, status: 'ENVIADO' }),
    payment: await read('payments', { orderId }),
    paid: await read('orderstatushistory', { orderId, status: 'PAGADO' }),
  };
}

/** Writes so many orders like it, with their payments if they are looked at, and answers their ids. */
async function copy(
  { database }: BenchStack,
  { order, payment, paid }: Template,
  count: number,
  { updatedAt, since }: { updatedAt: Date; since: Date },
  progress: (text: string) => void,
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    progress(`reconciler, ${ids.length} of ${count} orders are written`);
    const some = Array.from({ length: Math.min(BATCH, count - ids.length) }, () => randomUUID());
    const write = (name: string, documents: Document[]) =>
      database.collection(name).insertMany(documents, { ordered: false });
    const isLookedAt = updatedAt > since;
    await Promise.all([
      write(
        'orders',
        some.map((uuid) => ({
          // Made from the id, among a million two would be the same.
          ...{ ...order, uuid, orderNumber: uuid, idempotencyKey: uuid, updatedAt },
        })),
      ),
      isLookedAt &&
        write(
          'payments',
          some.map((orderId) => ({ ...payment, orderId, idempotencyKey: chargeKey(orderId) })),
        ),
      isLookedAt &&
        write(
          'orderstatushistory',
          some.map((orderId) => ({ ...paid, orderId })),
        ),
    ]);
    ids.push(...some);
  }
  return ids;
}

async function charge(
  { paymentsUrl }: BenchStack,
  { order, payment }: Template,
  ids: readonly string[],
  progress: (text: string) => void,
): Promise<void> {
  const { currency, paymentMethod: method } = payment;
  for (let at = 0; at < ids.length; at += CHARGES_AT_ONCE) {
    if (at % BATCH === 0) progress(`reconciler, ${at} of ${ids.length} orders are charged`);
    const some = ids.slice(at, at + CHARGES_AT_ONCE).map(async (orderId) => {
      const answer = await fetch(`${paymentsUrl}/api/payments`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': chargeKey(orderId) },
        body: JSON.stringify({ orderId, amount: `${order.totalAmount}`, currency, method }),
      });
      if (!answer.ok) throw new Error(`Payments: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    });
    await Promise.all(some);
  }
}

function withoutId({ _id, ...document }: Document): Document {
  return document;
}
