import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Percentiles {
  p50: number;
  p99: number;
}

export const measured = ['api', 'worker', 'temporal', 'mongodb'] as const;

/** What is measured apart from placing orders. */
interface Apart {
  reads?: Reads;
  reconciler?: ReconcilerFigures;
  backlog?: BacklogFigures;
}

/** Milliseconds; null where it cannot be known, as for a server in a container. */
export type CpuPerOrder = Record<(typeof measured)[number], number | null>;

/** What applies to the baseline as well. */
export interface Figures {
  orders: number;
  concurrency: number;
  accepted_per_s: number;
  accepted_ms: Percentiles;
  cpu_ms_per_order: CpuPerOrder;
  history_events_per_order: number;
  history_bytes_per_order: number;
  /** How often the API was busy, and the same request was sent again. */
  retried: number;
}

export interface OrderFigures extends Figures {
  paid_per_s: number;
  paid_ms: Percentiles;
  /** Until the workflow task that follows the record of PAGADO has ended. */
  history_events_until_paid: number | null;
  history_bytes_until_paid: number | null;
}

export interface Run {
  orders: OrderFigures | undefined;
  baseline: Figures | undefined;
}

export interface Safety {
  recovery_ms: number;
  charged_twice: number;
}

export interface ChangeFigures {
  /** Milliseconds, from the request to its answer. */
  ms: Percentiles;
  /** How often the answer was that the change is under way still. */
  answered_202: number;
  retried: number;
}

/** One request in flight. */
export interface Changes {
  each: number;
  load_average: number;
  of: Record<
    'baseline' | 'shipped' | 'cancelled' | 'declined' | 'transfer_cancelled',
    ChangeFigures
  >;
}

export interface ReadFigures {
  per_s: number;
  /** Milliseconds, as a client sees them. */
  ms: Percentiles;
  /** Of the process that answers. */
  cpu_ms_per_request: number;
  /** Requests a second, and CPU, as a share of the baseline's. */
  of_baseline: number;
  cpu_of_baseline: number;
}

export interface Reads {
  connections: number;
  rounds: number;
  load_average: number;
  of: Record<'baseline' | 'order' | 'unread' | 'list', ReadFigures>;
}

/** Of fresh orders, before anything is stuck and while what is stuck is retried; milliseconds. */
export interface BacklogFigures {
  stuck: number;
  alone: FreshFigures;
  meanwhile: FreshFigures;
  retried_per_s: number;
  /** Still stuck when the last fresh order was paid. */
  left: number;
  load_average: number;
}

interface FreshFigures {
  accepted_ms: Percentiles;
  paid_ms: Percentiles;
}

export interface ReconcilerFigures {
  stored: number;
  looked: number;
  suspects: number;
  seconds: number;
  per_s: number;
  /** Of all orders that were looked at, in seconds. */
  cpu_s: Record<'worker' | 'temporal' | 'mongodb' | 'simulators', number | null>;
  load_average: number;
}

const file = fileURLToPath(new URL('results.json', import.meta.url));

/** The highest concurrency at the top; every run, the highest among them, under `runs`. */
export function writeResults(runs: readonly Run[], safety: Safety, changes: Changes): string {
  const all = runs.map(({ orders, baseline }) => ({ ...orders, ...safety, baseline }));
  const highest = all.reduce((a, b) => ((b.concurrency ?? 0) > (a.concurrency ?? 0) ? b : a));
  const { reads, reconciler, backlog } = written();
  return write({ ...highest, runs: all, changes, reads, reconciler, backlog });
}

/** Beside what was measured of placing orders. */
export function writeReads(reads: Reads): string {
  return write({ ...written(), reads });
}

export function writeReconciler(reconciler: ReconcilerFigures): string {
  return write({ ...written(), reconciler });
}

export function writeBacklog(backlog: BacklogFigures): string {
  return write({ ...written(), backlog });
}

function written(): Apart {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function write(results: object): string {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  return file;
}
