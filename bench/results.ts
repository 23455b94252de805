import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Percentiles {
  p50: number;
  p99: number;
}

export const measured = ['api', 'worker', 'temporal', 'mongodb'] as const;

/** Milliseconds; null where it cannot be known, as for a server in a container. */
export type CpuPerOrder = Record<(typeof measured)[number], number | null>;

/** What applies to the floor as well. */
export interface Figures {
  orders: number;
  concurrency: number;
  accepted_per_s: number;
  accepted_ms: Percentiles;
  cpu_ms_per_order: CpuPerOrder;
  history_events_per_order: number;
  history_bytes_per_order: number;
}

export interface OrderFigures extends Figures {
  paid_per_s: number;
  paid_ms: Percentiles;
}

export interface Run {
  orders: OrderFigures | undefined;
  floor: Figures | undefined;
}

export interface Safety {
  recovery_ms: number;
  charged_twice: number;
}

/** The highest concurrency at the top; every run, the highest among them, under `runs`. */
export function writeResults(runs: readonly Run[], safety: Safety): string {
  const file = fileURLToPath(new URL('results.json', import.meta.url));
  const all = runs.map(({ orders, floor }) => ({ ...orders, ...safety, floor }));
  const highest = all.reduce((a, b) => ((b.concurrency ?? 0) > (a.concurrency ?? 0) ? b : a));
  writeFileSync(file, `${JSON.stringify({ ...highest, runs: all }, undefined, 2)}\n`);
  return file;
}
