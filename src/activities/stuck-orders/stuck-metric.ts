import { Gauge } from 'prom-client';
import type { StuckCounts } from './survey.ts';

/** A scrape waits no longer for Temporal: it tells what was last read. */
const READ_LIMIT_MS = 1_000;
/** Temporal is asked at most this often, however many scrape. */
const FRESH_MS = 15_000;

interface Reading extends Pick<StuckCounts, 'groups' | 'waiting' | 'overdue'> {
  at: number;
}

let survey: (() => Promise<StuckCounts>) | undefined;
let last: Reading | undefined;
let reading: Promise<unknown> | undefined;

new Gauge({
  name: 'orders_stuck_now',
  help: 'Workflows that are stuck, by step; every worker tells the same, read from Temporal',
  labelNames: ['step'],
  async collect() {
    await read();
    this.reset();
    for (const { step, count } of last?.groups ?? []) this.inc({ step }, count);
  },
});

new Gauge({
  name: 'orders_waiting_for_broker',
  help: 'Orders that go on, and whose events wait for RabbitMQ; absent before the first reading',
  async collect() {
    await read();
    if (last === undefined) this.remove();
    else this.set(last.waiting);
  },
});

new Gauge({
  name: 'orders_ship_overdue',
  help: 'Paid orders that should have left by now; absent before the first reading',
  async collect() {
    await read();
    if (last === undefined) this.remove();
    else this.set(last.overdue);
  },
});

new Gauge({
  name: 'orders_stuck_oldest_age_seconds',
  help: 'How long the oldest of those at a step is stuck',
  labelNames: ['step'],
  async collect() {
    await read();
    this.reset();
    for (const [step, since] of oldest()) this.set({ step }, (Date.now() - since) / 1_000);
  },
});

new Gauge({
  name: 'orders_stuck_read_age_seconds',
  help: 'How long ago what is stuck was read from Temporal; absent before the first time',
  async collect() {
    await read();
    if (last === undefined) this.remove();
    else this.set((Date.now() - last.at) / 1_000);
  },
});

/** Measures what this survey finds. */
export function measureStuck(take: () => Promise<StuckCounts>): void {
  survey = take;
  last = undefined;
  reading = undefined;
}

function oldest(): Map<string, number> {
  const ages = new Map<string, number>();
  for (const { step, oldest } of last?.groups ?? []) {
    const [first] = oldest;
    if (first === undefined) continue;
    const since = Date.parse(first.since);
    ages.set(step, Math.min(since, ages.get(step) ?? since));
  }
  return ages;
}

async function read(): Promise<void> {
  if (survey === undefined || (last !== undefined && Date.now() - last.at < FRESH_MS)) return;
  reading ??= survey()
    .then(({ groups, waiting, overdue }) => {
      last = { groups, waiting, overdue, at: Date.now() };
    })
    .catch(() => undefined)
    .finally(() => {
      reading = undefined;
    });
  const limit = new Promise((resolve) => {
    setTimeout(resolve, READ_LIMIT_MS).unref();
  });
  await Promise.race([reading, limit]);
}
