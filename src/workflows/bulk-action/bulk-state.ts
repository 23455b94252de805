import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import {
  BULK_PROGRESS,
  type BulkInput,
  type BulkProgress,
  DEFAULT_PER_SECOND,
} from '../../contract/bulk-action.ts';
import { describeBulk, progressOf } from './bulk-text.ts';

/** What became of the orders that were told together. */
export type Chunk = Awaited<ReturnType<StuckOrdersActivities['movePage']>>;

const MAX_NOTES = 10;

/** How far an action on many is: what it knows, what it shows, and whether it may go on. */
export class BulkState {
  readonly progress: BulkProgress;
  #stopped: string | undefined;
  #isDone = false;
  #listed = '';
  readonly #notes: string[] = [];

  constructor(readonly input: BulkInput) {
    const { policy, perSecond = DEFAULT_PER_SECOND } = input;
    this.progress = input.progress ?? {
      ...{ expected: 0, matched: 0, signalled: 0, stillStuck: 0 },
      ...{ size: policy.first, perSecond },
    };
  }

  get isSuspended(): boolean {
    return this.progress.suspended !== undefined;
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Whether the orders that are next only try whether it helps. */
  get isTrying(): boolean {
    return this.progress.size === this.input.policy.first;
  }

  expect(count: number): void {
    this.progress.expected = count;
    this.show();
  }

  /**
   * Counts what became of a chunk, and decides what is next. Answers whether there is more. A chunk
   * that failed is tried again when somebody resumes; one that fails again is passed over.
   */
  did(chunk: Chunk): boolean {
    const { progress } = this;
    const { matched, stillStuck, next, tookMs } = chunk;
    progress.lately = Math.round((10_000 * matched) / tookMs) / 10;
    const fails = next !== undefined && stillStuck * 2 > matched;
    if (fails && !progress.hasFailed) progress.hasFailed = true;
    else this.#passed(chunk);
    if (fails) this.suspend(`by itself: ${stillStuck} of the last ${matched} are still stuck`);
    this.show();
    return !this.#isDone;
  }

  #passed({ matched, signalled, stillStuck, next }: Chunk): void {
    const { progress, input } = this;
    const { first, most } = input.policy;
    progress.matched += matched;
    progress.signalled += signalled;
    progress.stillStuck += stillStuck;
    delete progress.hasFailed;
    progress.size = Math.min(
      progress.size * 2,
      Math.max(first, Math.ceil(progress.perSecond * 5)),
      most,
    );
    if (next === undefined) this.#isDone = true;
    else progress.after = next;
  }

  suspend(why: string): void {
    this.progress.suspended = why;
    this.show();
  }

  /** A few try again first whether it helps. */
  resume(perSecond = this.progress.perSecond): void {
    const { progress, input } = this;
    if (this.isSuspended) progress.size = input.policy.first;
    progress.perSecond = perSecond;
    delete progress.suspended;
    this.show();
  }

  stop(by: string): void {
    this.#stopped = by;
    this.show();
  }

  note(text: string): void {
    this.#notes.unshift(`${new Date().toISOString()}: ${text}`);
    this.#notes.splice(MAX_NOTES);
    this.show();
  }

  show(): void {
    const { input, progress } = this;
    const stage = this.#stage();
    setCurrentDetails(describeBulk(input, progress, stage, this.#notes));
    const line = progressOf(input, progress, stage);
    if (line !== this.#listed) upsertMemo({ [BULK_PROGRESS]: line });
    this.#listed = line;
  }

  #stage(): string {
    if (this.#stopped !== undefined) return `stopped ${this.#stopped}`;
    if (this.#isDone) return 'done';
    const { suspended } = this.progress;
    return suspended === undefined ? 'under way' : `suspended ${suspended}`;
  }
}
