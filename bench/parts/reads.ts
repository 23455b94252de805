import { loadavg } from 'node:os';
import autocannon from 'autocannon';
import { seedOrders } from '../../dev/seed/seed-orders.ts';
import { seededOrder } from '../../dev/seed/seeded-order.ts';
import { connectStore } from '../../src/store/connection.ts';
import type { CpuAccounting } from '../cpu/accounting.ts';
import { placeOrders } from '../load.ts';
import type { ReadFigures, Reads } from '../results.ts';
import { type BenchContext, freeAddress, startProgram } from '../stack/programs.ts';
import { type BenchStack, USER } from '../stack/stack.ts';
import { quantile, rounded } from '../statistics.ts';

const ORDERS = 200;
const CONNECTIONS = 32;
const ROUNDS = 8;
const ROUND_S = 3;
const WARM_UP_S = 3;

/** More than the API keeps the texts of: in turn, each is read as if for the first time. */
const NEVER_READ = { orders: 20_000, users: 1, seed: 'reads' };

interface Target {
  name: keyof Reads['of'];
  /** The program that answers. */
  process: string;
  baseUrl: string;
  /** The path of the next request, whichever connection sends it. */
  next: () => string;
  token: string;
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  /** Of the program that answers. */
  cpuMsPerRequest: number;
}

/**
 * Measures GET of an order, of one that was not read before, and of a list of 20 beside their baseline:
 * a route with the same check of the token and one query by an index. Rounds alternate, so that
 * noise falls on all.
 */
export async function measureReads(
  context: BenchContext,
  stack: BenchStack,
  progress: (text: string) => void,
): Promise<Reads> {
  const { place } = stack.orders;
  const placed = await placeOrders({ count: ORDERS, concurrency: 8, place, paidAt: undefined });
  const paths = placed.map(({ orderId }) => `/api/orders/${orderId}`);
  const baseline = await startFloor(context, stack);
  const api = { process: stack.orders.api, baseUrl: stack.orders.url };
  const token = await stack.tokenOf(USER);
  const theirToken = await stack.tokenOf('seed-user-0');
  const targets: Target[] = [
    { name: 'baseline', process: BASELINE, baseUrl: baseline, next: inTurn(paths), token },
    { name: 'order', ...api, next: inTurn(paths), token },
    { name: 'unread', ...api, next: inTurn(await neverRead()), token: theirToken },
    { name: 'list', ...api, next: () => '/api/orders?limit=20', token },
  ];

  for (const target of targets) await round(target, WARM_UP_S);
  const rounds: Record<Target['name'], Round[]> = { baseline: [], order: [], unread: [], list: [] };
  for (let number = 1; number <= ROUNDS; number++) {
    for (const target of targets) {
      progress(`reads, ${target.name}, round ${number} of ${ROUNDS}`);
      rounds[target.name].push(await round(target, ROUND_S));
    }
  }
  const figures = (name: Target['name']) => sumUp(rounds[name], rounds.baseline);
  return {
    connections: CONNECTIONS,
    rounds: ROUNDS,
    load_average: rounded(loadavg()[0] ?? 0),
    of: {
      baseline: figures('baseline'),
      order: figures('order'),
      unread: figures('unread'),
      list: figures('list'),
    },
  };

  async function neverRead(): Promise<string[]> {
    const connection = await connectStore(stack.settings.MONGODB_URI ?? '');
    await seedOrders(connection, NEVER_READ);
    await connection.close();
    return Array.from({ length: NEVER_READ.orders }, (_, n) => {
      return `/api/orders/${seededOrder(n, NEVER_READ).orders[0]?.uuid}`;
    });
  }

  async function round(
    { process, baseUrl, next, token }: Target,
    duration: number,
  ): Promise<Round> {
    const from = context.processes.cpuTimes();
    const result = await autocannon({
      url: baseUrl,
      connections: CONNECTIONS,
      duration,
      // The connections share the paths: given all of them, each would begin with the first.
      requests: [{ setupRequest: (request) => ({ ...request, path: next() }) }],
      headers: { Authorization: `Bearer ${token}` },
    });
    const to = context.processes.cpuTimes();
    const { non2xx, errors, requests, latency } = result;
    if (non2xx + errors > 0) throw new Error(`${process}: ${non2xx} not 2xx, ${errors} errors`);
    return {
      perSecond: requests.total / result.duration,
      p50: latency.p50,
      p99: latency.p99,
      cpuMsPerRequest: cpuMs(context.processes, process, from, to) / requests.total,
    };
  }
}

/** All of them again and again. */
function inTurn(paths: readonly string[]): () => string {
  let turn = 0;
  return () => paths[turn++ % paths.length] ?? '/';
}

const BASELINE = 'baseline-reads';

async function startFloor(context: BenchContext, stack: BenchStack): Promise<string> {
  const { port, url } = await freeAddress();
  await startProgram(context, {
    name: BASELINE,
    command: ['--import', 'tsx', 'bench/baseline/reads.ts'],
    settings: { ...stack.settings, PORT: port },
    readyUrl: `${url}/readyz`,
  });
  return url;
}

function cpuMs(processes: CpuAccounting, ...args: Parameters<CpuAccounting['cpuMs']>): number {
  return processes.cpuMs(...args) ?? Number.NaN;
}

/** Medians; the ratio is that of each round to the baseline's of the same turn. */
function sumUp(rounds: readonly Round[], baseline: readonly Round[]): ReadFigures {
  const median = (of: (round: Round, index: number) => number) => quantile(rounds.map(of), 0.5);
  const share = (of: (round: Round) => number) =>
    Math.round(100 * median((round, index) => of(round) / of(baseline[index] as Round))) / 100;
  return {
    per_s: Math.round(median(({ perSecond }) => perSecond)),
    ms: { p50: median(({ p50 }) => p50), p99: median(({ p99 }) => p99) },
    cpu_ms_per_request: Math.round(1000 * median(({ cpuMsPerRequest }) => cpuMsPerRequest)) / 1000,
    of_baseline: share(({ perSecond }) => perSecond),
    cpu_of_baseline: share(({ cpuMsPerRequest }) => cpuMsPerRequest),
  };
}
