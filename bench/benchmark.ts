import { setTimeout as delay } from 'node:timers/promises';
import type { BenchArguments, Part } from './arguments.ts';
import { countCharges } from './charges.ts';
import { watchPaidOrders } from './paid-orders.ts';
import { measureBacklog } from './parts/backlog.ts';
import { measureChanges } from './parts/changes.ts';
import { type Block, runBlock, sumUp, sumUpOrders } from './parts/measure.ts';
import { measureReads } from './parts/reads.ts';
import { measureReconciler } from './parts/reconciler.ts';
import { killInMidLoad, type Recovery } from './parts/recovery.ts';
import {
  type Changes,
  type Run,
  type Safety,
  writeBacklog,
  writeReads,
  writeReconciler,
  writeResults,
} from './results.ts';
import type { BenchContext } from './stack/programs.ts';
import type { BenchStack } from './stack/stack.ts';
import { rounded } from './statistics.ts';
import { changesTable, readsTable, runTable, safetyTable } from './table.ts';

/** All that results.json says of placing orders. */
const ORDER_PARTS = ['baseline', 'orders', 'changes', 'recovery'] as const satisfies Part[];
const BLOCKS = 4;
const WARM_UP = 150;
const KILLS = 3;
const KILL_LOAD = 150;
/** Until the tasks of a started worker are spread and the pollers know one another. */
const CALM_MS = 1_000;

export interface Voice {
  say(text: string): void;
  /** Replaces itself on a terminal; silent elsewhere. */
  progress(text: string): void;
}

/** Measures what was asked for, on a stack that runs, and tells it. */
export async function benchmark(
  context: BenchContext,
  stack: BenchStack,
  { orders, concurrency, parts, stored, stuck }: BenchArguments,
  voice: Voice,
): Promise<void> {
  const paid = await watchPaidOrders(stack.database);
  const subjects = (['baseline', 'orders'] as const).filter((name) => parts.has(name));
  const highest = Math.max(...concurrency);
  try {
    for (const name of subjects) await block(name, WARM_UP, highest, 'warm-up');
    await delay(CALM_MS);
    if (parts.has('reads')) {
      const reads = await measureReads(context, stack, voice.progress);
      voice.say(`\n${readsTable(reads)}\n\nWritten: ${writeReads(reads)}`);
    }
    if (parts.has('backlog')) {
      const backlog = await measureBacklog(stack, { stuck, paid }, voice.progress);
      voice.say(`\n${JSON.stringify(backlog, undefined, 2)}\n\nWritten: ${writeBacklog(backlog)}`);
    }
    if (parts.has('reconciler')) {
      const options = { stored, paid };
      const figures = await measureReconciler(stack, context.processes, options, voice.progress);
      voice.say(
        `\n${JSON.stringify(figures, undefined, 2)}\n\nWritten: ${writeReconciler(figures)}`,
      );
    }
    if (!ORDER_PARTS.some((part) => parts.has(part))) return;
    const runs: Run[] = [];
    for (const inFlight of subjects.length > 0 ? concurrency : []) {
      const run = await measure(inFlight);
      runs.push(run);
      voice.say(`\n${runTable(run)}`);
    }
    let changes: Changes | undefined;
    if (parts.has('changes')) {
      changes = await measureChanges(stack, paid, voice.progress);
      voice.say(`\n${changesTable(changes)}`);
    }
    const recoveries = parts.has('recovery') ? await recover() : [];
    const { charged, chargedTwice } = await countCharges(stack.paymentsUrl);
    const recoveryMs = Math.max(...recoveries.map(({ last }) => last));
    const safety: Safety = { recovery_ms: rounded(recoveryMs), charged_twice: chargedTwice };
    voice.say(`\n${safetyTable(recoveries, safety)}\n(${charged} orders were charged)`);
    if (changes && ORDER_PARTS.every((part) => parts.has(part)))
      voice.say(`\nWritten: ${writeResults(runs, safety, changes)}`);
  } finally {
    await paid.close();
  }

  async function measure(inFlight: number): Promise<Run> {
    const blocks: Record<(typeof subjects)[number], Block[]> = { baseline: [], orders: [] };
    for (let round = 1; round <= BLOCKS; round++) {
      const count = Math.ceil(orders / BLOCKS);
      for (const name of subjects) {
        const what = `${inFlight} in flight, block ${round} of ${BLOCKS}`;
        blocks[name].push(await block(name, count, inFlight, what));
      }
    }
    return {
      orders: parts.has('orders') ? await sumUpOrders(stack, inFlight, blocks.orders) : undefined,
      baseline: parts.has('baseline') ? await sumUp(stack, inFlight, blocks.baseline) : undefined,
    };
  }

  function block(name: (typeof subjects)[number], count: number, inFlight: number, what: string) {
    return runBlock(context.processes, {
      count,
      concurrency: inFlight,
      subject: stack[name],
      paid: name === 'orders' ? paid : undefined,
      onPlaced: (done) => voice.progress(`${name}, ${what}: ${done} of ${count}`),
    });
  }

  async function recover(): Promise<Recovery[]> {
    const recoveries: Recovery[] = [];
    while (recoveries.length < KILLS) {
      voice.progress(`recovery, kill ${recoveries.length + 1} of ${KILLS}`);
      const load = { count: KILL_LOAD, concurrency: highest, subject: stack.orders, paid };
      const { temporal } = stack;
      recoveries.push(await killInMidLoad(context, { ...load, temporal }));
    }
    return recoveries;
  }
}
