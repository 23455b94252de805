import { setTimeout } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type OperatorInput, operatorSignal } from '../../contract/order.ts';
import { listStuck } from '../../visibility/stuck-page.ts';
import {
  actionQuery,
  IDS_IN_A_QUERY,
  type StuckFilter,
  stillStuckQuery,
} from '../../visibility/stuck-query.ts';
import type { Progress } from '../resumable.ts';

/** Which orders to signal, and how long to watch them. */
export interface PageTask {
  action: 'retry' | 'cancelOrder';
  filter: StuckFilter;
  input: OperatorInput;
  /** Where the page begins, as the one before it said. */
  after?: string;
  size: number;
  /** The most orders that are told in a second. */
  perSecond: number;
  settleMs: number;
  quietMs: number;
}

export interface PageResult {
  matched: number;
  /** How many were still there to get the signal. */
  signalled: number;
  /** How many were stuck when it was looked last. */
  stillStuck: number;
  /** How long it took to tell them and to watch them. Milliseconds. */
  tookMs: number;
  /** Where the next page begins; absent on the last one. */
  next?: string;
}

interface State {
  /** Unset until the page was read. Read again, it would lack those that have moved. */
  ids?: string[];
  next?: string;
  done: number;
  signalled: number;
  /** When it began, in milliseconds since the epoch. */
  since: number;
}

const CONCURRENCY = 20;
const CALL_MS = 10_000;
const POLL_MS = 1_000;

/** An action on one page of the stuck orders: tells them at a pace, and watches how they move. */
export class StuckPageMove {
  constructor(
    readonly client: Client,
    readonly taskQueue: string,
    readonly task: PageTask,
  ) {}

  begin(): State {
    return { done: 0, signalled: 0, since: Date.now() };
  }

  /** Goes on where the state is; the few orders that are signalled twice ignore the second signal. */
  async run({ state, save, assertWanted }: Progress<State>): Promise<PageResult> {
    const ids = state.ids ?? (await this.#read(state));
    save();
    while (state.done < ids.length) {
      assertWanted();
      const some = ids.slice(state.done, state.done + this.#atOnce);
      const answers = await this.#tell(some);
      state.done += some.length;
      state.signalled += answers.filter((isThere) => isThere).length;
      save();
    }
    const { signalled, next } = state;
    const stillStuck = await this.#watch(ids, assertWanted);
    const tookMs = Date.now() - state.since;
    return { matched: ids.length, signalled, stillStuck, tookMs, ...(next && { next }) };
  }

  get #atOnce(): number {
    return Math.min(CONCURRENCY, Math.ceil(this.task.perSecond));
  }

  /** Spreads these over the time that they may take, at random: they do not come back in step. */
  async #tell(ids: readonly string[]): Promise<boolean[]> {
    const allMs = (1_000 * ids.length) / this.task.perSecond;
    const told = ids.map(async (id) => {
      await setTimeout(Math.random() * allMs);
      return this.#signal(id);
    });
    const [answers] = await Promise.all([Promise.all(told), setTimeout(allMs)]);
    return answers;
  }

  async #read(state: State): Promise<string[]> {
    const { action, filter, size, after } = this.task;
    const query = actionQuery(this.taskQueue, action, filter);
    const token = after === undefined ? undefined : Buffer.from(after, 'base64');
    const { workflows, next } = await this.#call(() => listStuck(this.client, query, size, token));
    const ids = workflows.map(({ workflowId }) => workflowId);
    state.ids = ids;
    if (next !== undefined) state.next = Buffer.from(next).toString('base64');
    return ids;
  }

  /** Whether the order was there to get the signal. */
  async #signal(id: string): Promise<boolean> {
    const { action, input } = this.task;
    try {
      const handle = this.client.workflow.getHandle(id);
      await this.#call(() => handle.signal(operatorSignal(action), input));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** Waits until none is stuck, or nothing changes any more; answers how many are. */
  async #watch(ids: readonly string[], assertWanted: () => void): Promise<number> {
    const { settleMs, quietMs } = this.task;
    const end = Date.now() + settleMs;
    let left = ids.length;
    let changedAt = Date.now();
    while (left > 0) {
      assertWanted();
      const stuck = await this.#countStuck(ids);
      if (stuck !== left) changedAt = Date.now();
      left = stuck;
      if (Date.now() > Math.min(end, changedAt + quietMs)) break;
      if (left > 0) await setTimeout(POLL_MS);
    }
    return left;
  }

  async #countStuck(ids: readonly string[]): Promise<number> {
    let stuck = 0;
    for (let at = 0; at < ids.length; at += IDS_IN_A_QUERY) {
      const query = stillStuckQuery(this.taskQueue, ids.slice(at, at + IDS_IN_A_QUERY));
      stuck += (await this.#call(() => this.client.workflow.count(query))).count;
    }
    return stuck;
  }

  #call<T>(call: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_MS, call);
  }
}
