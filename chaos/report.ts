import { arch, cpus, loadavg, totalmem } from 'node:os';
import type { ChaosArguments } from './arguments.ts';
import type { Settled } from './checks/settle.ts';
import type { Violation } from './checks/violation.ts';
import type { Operation, OperationKind } from './operation-log.ts';

export interface ChaosReport {
  seed: string;
  orders: number;
  commit: string;
  node: string;
  machine: string;
  load: number;
  /** How long customers were served. Seconds. */
  seconds: number;
  /** What was done by the nemesis, by what and to whom; for the services how often a fault fired. */
  faults: Record<string, number>;
  kills: number;
  /** The share of requests that were answered for good within their deadline, of all that were sent. */
  answered: Record<'place' | 'read', Share>;
  /** The share of baskets whose placement was answered within the deadline of 30 s, repeats included. */
  placed: Share;
  settled: Settled;
  violations: Violation[];
}

interface Share {
  of: number;
  percent: number;
}

/** Milliseconds, as the API's own deadlines have it with a second for the way. */
const DEADLINE_MS = { place: 7_000, read: 3_000 } as const;
const PATIENCE_MS = 30_000;

interface ReportOptions {
  args: ChaosArguments;
  commit: string;
  seconds: number;
  operations: readonly Operation[];
  settled: Settled;
  violations: Violation[];
}

export function createReport(options: ReportOptions): ChaosReport {
  const { args, commit, seconds, operations, settled, violations } = options;
  const faults: Record<string, number> = {};
  for (const { kind, via, answer } of operations) {
    if (kind !== 'fault') continue;
    faults[via] = (faults[via] ?? 0) + (typeof answer === 'number' ? answer : 1);
  }
  const kills = Object.entries(faults)
    .filter(([via]) => via.startsWith('kill:'))
    .reduce((sum, [, times]) => sum + times, 0);
  return {
    seed: args.seed,
    orders: args.orders,
    commit,
    node: process.version,
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`,
    load: Math.round((loadavg()[1] ?? 0) * 10) / 10,
    seconds: Math.round(seconds),
    faults,
    kills,
    answered: { place: answered(operations, 'place'), read: answered(operations, 'read') },
    placed: placed(operations),
    settled,
    violations,
  };
}

function answered(operations: readonly Operation[], kind: 'place' | 'read'): Share {
  const sent = operations.filter((operation) => operation.kind === (kind as OperationKind));
  const good = sent.filter(
    ({ status, ms }) => status !== 'none' && status < 500 && ms <= DEADLINE_MS[kind],
  );
  return share(good.length, sent.length);
}

/** A basket counts when the first answer for good came in time, after however many repeats. */
function placed(operations: readonly Operation[]): Share {
  const baskets = new Map<string, { first: number; answered: number | undefined }>();
  for (const { kind, user, key, at, ms, status } of operations) {
    if (kind !== 'place') continue;
    const id = `${user} ${key}`;
    const basket = baskets.get(id) ?? { first: at, answered: undefined };
    basket.first = Math.min(basket.first, at);
    if (status !== 'none' && status < 500) basket.answered ??= at + ms;
    baskets.set(id, basket);
  }
  const all = [...baskets.values()];
  const inTime = all.filter(
    ({ first, answered: when }) => when !== undefined && when - first <= PATIENCE_MS,
  );
  return share(inTime.length, all.length);
}

function share(part: number, of: number): Share {
  return { of, percent: of === 0 ? 100 : Math.round((part / of) * 10_000) / 100 };
}

/** The report as a person reads it. */
export function describe(report: ChaosReport): string {
  const { settled, violations } = report;
  const ms = (value: number | undefined) =>
    value === undefined ? 'not within 300 s' : `${value} ms`;
  const faults = Object.entries(report.faults)
    .sort()
    .map(([via, times]) => `    ${via}: ${times}`);
  return [
    `seed ${report.seed}: ${report.orders} orders in ${report.seconds} s, ${report.kills} kills`,
    '  faults:',
    ...faults,
    `  placements answered within ${DEADLINE_MS.place / 1000} s: ${report.answered.place.percent} % of ${report.answered.place.of} requests`,
    `  baskets placed within ${PATIENCE_MS / 1000} s, repeats included: ${report.placed.percent} % of ${report.placed.of}`,
    `  reads answered within ${DEADLINE_MS.read / 1000} s: ${report.answered.read.percent} % of ${report.answered.read.of}`,
    `  after the last fault: all at rest or listed as stuck in ${ms(settled.visibleMs)} (${settled.stuck} stuck)`,
    `  after one retry of all, none stuck in ${ms(settled.retriedMs)}; all ended in ${ms(settled.endedMs)}`,
    `  violations: ${violations.length}`,
    ...violations.slice(0, 50).map((v) => `    ${v.invariant} ${v.orderId}: ${v.what}`),
  ].join('\n');
}
