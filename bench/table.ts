import type { Recovery } from './parts/recovery.ts';
import {
  type ChangeFigures,
  type Changes,
  type Figures,
  measured,
  type OrderFigures,
  type ReadFigures,
  type Reads,
  type Run,
  type Safety,
} from './results.ts';

type Cell = number | string | null | undefined;
interface Row {
  label: string;
  of: (figures: Figures) => Cell;
}

const percentage = { p50: 'p50', p99: 'p99' } as const;

const rows: Row[] = [
  { label: 'accepted /s', of: ({ accepted_per_s }) => accepted_per_s },
  { label: 'paid /s', of: (figures) => paid(figures)?.paid_per_s },
  ...Object.values(percentage).map((p) => ({
    label: `accepted ms, ${p}`,
    of: ({ accepted_ms }: Figures) => accepted_ms[p],
  })),
  ...Object.values(percentage).map((p) => ({
    label: `paid ms, ${p}`,
    of: (figures: Figures) => paid(figures)?.paid_ms[p],
  })),
  ...measured.map((name) => ({
    label: `CPU ms/order, ${name}`,
    of: ({ cpu_ms_per_order }: Figures) => cpu_ms_per_order[name],
  })),
  { label: 'CPU ms/order, sum', of: cpuSum },
  { label: 'history events until paid', of: (figures) => paid(figures)?.history_events_until_paid },
  { label: 'history bytes until paid', of: (figures) => paid(figures)?.history_bytes_until_paid },
  { label: 'history events', of: ({ history_events_per_order }) => history_events_per_order },
  { label: 'history bytes', of: ({ history_bytes_per_order }) => history_bytes_per_order },
  { label: 'repeated requests', of: ({ retried }) => retried },
];

/** One block of lines for each concurrency: the orders, the baseline, and how they compare. */
export function runTable({ orders, baseline }: Run): string {
  const { concurrency, orders: count } = (orders ?? baseline) as Figures;
  const head = line(`${count} orders, ${concurrency} in flight`, ['orders', 'baseline', 'ratio']);
  const body = rows.map(({ label, of }) => {
    const [a, b] = [orders && of(orders), baseline && of(baseline)];
    const ratio = typeof a === 'number' && typeof b === 'number' && b > 0 ? a / b : undefined;
    return line(label, [a, b, ratio?.toFixed(2)]);
  });
  return [head, ...body].join('\n');
}

/** What the kills of the worker and the ledger of Payments said. */
export function safetyTable(recoveries: readonly Recovery[], { charged_twice }: Safety): string {
  const twice = line('orders charged twice', [charged_twice]);
  if (recoveries.length === 0) return twice;
  const row = (label: string, of: (recovery: Recovery) => number) =>
    line(
      label,
      recoveries.map((recovery) => Math.round(of(recovery))),
    );
  return [
    line(
      'kill -9 of the worker',
      recoveries.map((_, index) => `kill ${index + 1}`),
    ),
    row('orders interrupted', ({ interrupted }) => interrupted),
    row('new worker ready, ms', ({ ready }) => ready),
    row('all of them resumed, ms', ({ resumed }) => resumed),
    row('first of them paid, ms', ({ first }) => first),
    row('last of them paid, ms', ({ last }) => last),
    twice,
  ].join('\n');
}

/** Changing orders, one request in flight, beside the baseline. */
export function changesTable({ each, load_average, of }: Changes): string {
  const all = [of.baseline, of.shipped, of.cancelled, of.declined, of.transfer_cancelled];
  const row = (label: string, cell: (figures: ChangeFigures) => Cell) => line(label, all.map(cell));
  return [
    line(`changes, ${each} of each`, ['baseline', 'ENVIADO', 'cancel', 'declined', 'transfer']),
    row('ms, p50', ({ ms }) => ms.p50),
    row('ms, p99', ({ ms }) => ms.p99),
    row('times the baseline, p50', ({ ms }) => (ms.p50 / of.baseline.ms.p50).toFixed(2)),
    row('answered 202', ({ answered_202 }) => answered_202),
    row('repeated requests', ({ retried }) => retried),
    `(transfer: the cancellation of an order that waits for one; load average ${load_average})`,
  ].join('\n');
}

/** Reading an order, and a list of 20, beside the baseline. */
export function readsTable({ connections, rounds, load_average, of }: Reads): string {
  const all = [of.baseline, of.order, of.unread, of.list];
  const row = (label: string, cell: (figures: ReadFigures) => Cell) => line(label, all.map(cell));
  return [
    line(`reads, ${connections} at once`, ['baseline', 'order', 'first time', 'list of 20']),
    row('requests /s', ({ per_s }) => per_s),
    row('of the baseline', ({ of_baseline }) => of_baseline),
    row('ms, p50', ({ ms }) => ms.p50),
    row('ms, p99', ({ ms }) => ms.p99),
    row('CPU ms/request', ({ cpu_ms_per_request }) => cpu_ms_per_request),
    row('of the baseline', ({ cpu_of_baseline }) => cpu_of_baseline),
    `(medians of ${rounds} rounds; load average ${load_average})`,
  ].join('\n');
}

function paid(figures: Figures): OrderFigures | undefined {
  return 'paid_ms' in figures ? (figures as OrderFigures) : undefined;
}

function cpuSum({ cpu_ms_per_order }: Figures): Cell {
  const parts = Object.values(cpu_ms_per_order);
  if (parts.includes(null)) return undefined;
  return Math.round(parts.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) * 10) / 10;
}

function line(label: string, cells: readonly Cell[]): string {
  return label.padEnd(28) + cells.map((cell) => `${cell ?? '-'}`.padStart(11)).join('');
}
