import { setTimeout as delay } from 'node:timers/promises';
import type { CpuAccounting } from '../cpu/accounting.ts';
import { type BenchOrder, placeOrders } from '../load.ts';
import type { PaidOrders } from '../paid-orders.ts';
import { type CpuPerOrder, type Figures, measured, type OrderFigures } from '../results.ts';
import type { BenchStack, BenchSubject } from '../stack/stack.ts';
import { percentiles, rounded } from '../statistics.ts';
import { historyOf, historyUntilPaid } from './history.ts';

/** What one block of load brought: many short ones alternate, so that noise falls on all. */
export interface Block {
  placed: BenchOrder[];
  cpuMs: Record<keyof CpuPerOrder, number | undefined>;
}

export interface BlockOptions {
  count: number;
  concurrency: number;
  subject: BenchSubject;
  /** For orders; the baseline ends with being accepted. */
  paid: PaidOrders | undefined;
  onPlaced: (orders: number) => void;
}

/** Time for what goes on after the last answer, such as publishing: it is part of the cost. */
const SETTLE_MS = 300;

export async function runBlock(processes: CpuAccounting, options: BlockOptions): Promise<Block> {
  const { subject, paid, ...load } = options;
  const from = processes.cpuTimes();
  const paidAt = paid && ((orderId: string) => paid.paidAt(orderId));
  const placed = await placeOrders({ ...load, place: subject.place, paidAt });
  await delay(SETTLE_MS);
  const to = processes.cpuTimes();
  const cpu = (name: string) => processes.cpuMs(name, from, to);
  return {
    placed,
    cpuMs: {
      api: cpu(subject.api),
      worker: cpu(subject.worker.name),
      temporal: cpu('temporal'),
      mongodb: cpu('mongodb'),
    },
  };
}

/** Sums up the blocks of one concurrency. */
export async function sumUp(
  { temporal }: Pick<BenchStack, 'temporal'>,
  concurrency: number,
  blocks: readonly Block[],
): Promise<Figures> {
  const placed = blocks.flatMap((block) => block.placed);
  const cpuPerOrder = measured.map((name) => {
    const spent = blocks.map(({ cpuMs }) => cpuMs[name]);
    const total = spent.reduce((a, b) => (a === undefined || b === undefined ? undefined : a + b));
    return [name, total === undefined ? null : rounded(total / placed.length)];
  });
  const history = await historyOf(temporal, placed);
  return {
    orders: placed.length,
    concurrency,
    accepted_per_s: perSecond(blocks, ({ acceptedAt }) => acceptedAt),
    accepted_ms: percentiles(placed.map(({ sentAt, acceptedAt }) => acceptedAt - sentAt)),
    cpu_ms_per_order: Object.fromEntries(cpuPerOrder) as CpuPerOrder,
    history_events_per_order: history.events,
    history_bytes_per_order: history.bytes,
    retried: placed.reduce((sum, { retries }) => sum + retries, 0),
  };
}

export async function sumUpOrders(
  stack: Pick<BenchStack, 'temporal'>,
  concurrency: number,
  blocks: readonly Block[],
): Promise<OrderFigures> {
  const placed = blocks.flatMap((block) => block.placed);
  const untilPaid = await historyUntilPaid(stack.temporal, placed);
  return {
    ...(await sumUp(stack, concurrency, blocks)),
    paid_per_s: perSecond(blocks, ({ paidAt }) => paidAt),
    paid_ms: percentiles(placed.map(({ sentAt, paidAt }) => paidAt - sentAt)),
    history_events_until_paid: untilPaid?.events ?? null,
    history_bytes_until_paid: untilPaid?.bytes ?? null,
  };
}

/** From the first request of each block until the last order has come so far. */
function perSecond(blocks: readonly Block[], doneAt: (placed: BenchOrder) => number): number {
  const seconds = blocks.map(({ placed }) => {
    const began = Math.min(...placed.map(({ sentAt }) => sentAt));
    return (Math.max(...placed.map(doneAt)) - began) / 1000;
  });
  const orders = blocks.reduce((sum, { placed }) => sum + placed.length, 0);
  return rounded(orders / seconds.reduce((sum, s) => sum + s, 0));
}
