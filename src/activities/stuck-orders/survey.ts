import type { Client } from '@temporalio/client';
import { withPauses } from '../../visibility/paused-steps.ts';
import { listStuck, MAX_PAGE } from '../../visibility/stuck-page.ts';
import {
  beforeQuery,
  elsewhereQuery,
  failingQuery,
  overdueQuery,
  PAUSED,
  PAUSED_STEP,
  pausedStepQuery,
  placeQuery,
  type StuckPlace,
  sinceQuery,
  stuckQuery,
  TASK_FAILS,
  type TimeAttribute,
  timeAttributeOf,
  waitingQuery,
} from '../../visibility/stuck-query.ts';
import {
  groupsOf,
  MAX_LINKS,
  type OldWorkflow,
  oldestOf,
  ordered,
  placeKey,
  type StuckGroup,
} from './groups.ts';
import { type ReadTotals, type Totals, totalsOf } from './totals.ts';

/** What is stuck now, as far as the visibility store knows. */
export interface StuckCounts {
  total: number;
  groups: StuckGroup[];
  /** Orders that go on, and whose events wait for the broker; not in the total. */
  waiting: number;
  /** Paid orders that should have left by now; not in the total. */
  overdue: number;
}

interface Options {
  client: Client;
  taskQueue: string;
  /** At most so many workflows are in memory at once. */
  page?: number;
  /** Called before each request. */
  onProgress?: () => void;
  /** Reads what orders cost; without it no amounts are told. */
  readTotals?: ReadTotals;
}

/** More places than that share the line of what is left. */
const MAX_PLACES = 40;
const MINUTE_MS = 60_000;

/**
 * Counts what is stuck by step and failure, and finds the oldest of each. What fits in a page is
 * looked at one by one. Of more the server counts: the list comes youngest first and cannot be
 * sorted, so the time before which few enough are left is searched for by counting.
 */
export class StuckSurvey {
  readonly #client: Client;
  readonly #query: string;
  readonly #taskQueue: string;
  readonly #page: number;
  readonly #onProgress: () => void;
  readonly #readTotals: ReadTotals;

  constructor({ client, taskQueue, page = MAX_PAGE, ...options }: Options) {
    const { onProgress = () => {}, readTotals = async () => new Map() } = options;
    this.#client = client;
    this.#query = stuckQuery(taskQueue);
    this.#taskQueue = taskQueue;
    this.#page = page;
    this.#onProgress = onProgress;
    this.#readTotals = readTotals;
  }

  async take(): Promise<StuckCounts> {
    const { total, groups } = await this.#counts();
    const totals = await totalsOf(
      this.#readTotals,
      groups.flatMap(({ oldest }) => oldest),
    );
    const shown = ordered(groups).map(async ({ oldest, ...group }) => {
      this.#onProgress();
      const old = await withPauses(this.#client, oldest);
      return { ...group, oldest: old.map((one) => ({ ...one, ...totalOf(one, totals) })) };
    });
    const waiting = await this.#count(waitingQuery(this.#taskQueue));
    const overdue = await this.#count(overdueQuery(this.#taskQueue, new Date()));
    return { total, groups: await Promise.all(shown), waiting, overdue };
  }

  async #counts(): Promise<Pick<StuckCounts, 'total' | 'groups'>> {
    const { workflows, next } = await this.#list(this.#query);
    if (next === undefined) {
      const totals = await totalsOf(this.#readTotals, workflows);
      return { total: workflows.length, groups: groupsOf(workflows, totals) };
    }
    const total = await this.#count(this.#query);
    const groups = await this.#countPlaces();
    return { total, groups: groups.filter(({ count }) => count > 0) };
  }

  /** Every place is found: what waits at none of those that are known is asked for again. */
  async #countPlaces(): Promise<StuckGroup[]> {
    const groups: StuckGroup[] = [];
    for (const place of [TASK_FAILS, PAUSED, PAUSED_STEP]) groups.push(await this.#group(place));
    const known = new Map<string, StuckPlace>();
    for (;;) {
      const places = [...known.values()];
      const { workflows } = await this.#list(elsewhereQuery(this.#query, places));
      const fresh = new Map(workflows.map((workflow) => [placeKey(workflow), workflow]));
      for (const key of known.keys()) fresh.delete(key);
      if (fresh.size === 0 || known.size >= MAX_PLACES) return groups;
      for (const [key, { step, failure }] of fresh) {
        known.set(key, { step, failure });
        groups.push(await this.#group({ step, failure }));
      }
    }
  }

  async #group(place: StuckPlace): Promise<StuckGroup> {
    const { step, failure } = place;
    const query = placeQuery(this.#query, place);
    this.#onProgress();
    const { count, groups } = await this.#client.workflow.count(
      `${query} GROUP BY ExecutionStatus`,
    );
    const isPaused = (values: readonly unknown[]) => values.flat().includes('Paused');
    const paused = groups.find(({ groupValues }) => isPaused(groupValues))?.count ?? 0;
    const failing = count === 0 ? 0 : await this.#count(failingQuery(query));
    const stepPaused = count === 0 ? 0 : await this.#count(pausedStepQuery(query));
    const oldest = count === 0 ? [] : await this.#oldest(query, timeAttributeOf(place));
    return { step, failure, count, paused, stepPaused, failing, atStake: [], oldest };
  }

  async #oldest(query: string, attribute: TimeAttribute): Promise<OldWorkflow[]> {
    const { workflows, next } = await this.#list(query);
    if (next === undefined) return oldestOf(workflows);
    const { below, until } = await this.#narrow(query, attribute);
    const old = await this.#list(beforeQuery(query, attribute, until));
    if (old.next === undefined) return oldestOf(old.workflows);
    // More than a page within one millisecond: any of those will do.
    const older = await this.#list(beforeQuery(query, attribute, below));
    const equals = sinceQuery(beforeQuery(query, attribute, until), attribute, below);
    return oldestOf([...older.workflows, ...(await this.#list(equals)).workflows]);
  }

  /** A time before which few enough wait; two of them if that is impossible within a millisecond. */
  async #narrow(query: string, attribute: TimeAttribute): Promise<{ below: Date; until: Date }> {
    const few = Math.min(MAX_LINKS, this.#page);
    let below = 0;
    let until = Date.now() + MINUTE_MS;
    /** Whether this time will do; else the range is smaller. */
    const tryAt = async (at: number) => {
      const waiting = await this.#count(beforeQuery(query, attribute, new Date(at)));
      if (waiting < few) below = at;
      else until = at;
      return waiting >= few && waiting <= this.#page;
    };
    for (let age = 2 * MINUTE_MS; below === 0 && age < Date.now(); age *= 4) {
      if (await tryAt(Date.now() - age)) return { below: new Date(until), until: new Date(until) };
    }
    while (until - below > 1) {
      if (await tryAt(Math.floor((below + until) / 2))) {
        return { below: new Date(until), until: new Date(until) };
      }
    }
    return { below: new Date(below), until: new Date(until) };
  }

  #list(query: string) {
    this.#onProgress();
    return listStuck(this.#client, query, this.#page);
  }

  async #count(query: string): Promise<number> {
    this.#onProgress();
    return (await this.#client.workflow.count(query)).count;
  }
}

function totalOf({ orderId = '' }: OldWorkflow, totals: Totals): Pick<OldWorkflow, 'total'> {
  const total = totals.get(orderId);
  return total === undefined ? {} : { total };
}
