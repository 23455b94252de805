import {
  CancellationScope,
  condition,
  metricMeter,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { type AskedFor, type OrderPolicy, searchAttributes } from '../../contract/order.ts';
import { type Failure, followedBy } from '../steps/failure.ts';
import type { StepName } from '../steps/step-options.ts';
import { needsPerson, type StuckStep } from './stuck-step.ts';
import { describeStuck } from './stuck-text.ts';

const MAX_NOTES = 5;

/**
 * What of an order is stuck: it says so in the search attributes, in the current details that the
 * Web UI shows, and in a metric; and it passes on a manual retry.
 */
export class StuckState {
  readonly #stuck: StuckStep[] = [];
  readonly #notes: string[] = [];
  #listed = '';

  /** `describe` tells, as Markdown, what there is to know beside what is stuck. */
  constructor(
    readonly policy: OrderPolicy,
    readonly describe: () => string = () => '',
  ) {}

  get isStuck(): boolean {
    return this.#stuck.length > 0;
  }

  isStuckAt(step: StepName): boolean {
    return this.#stuck.some((stuck) => stuck.step === step);
  }

  add(step: StepName, failure: Failure): StuckStep {
    const stuck = new Stuck(step, failure, () => this.#show());
    this.#stuck.push(stuck);
    metricMeter.createCounter('orders_stuck').add(1, { step });
    this.#show();
    return stuck;
  }

  remove(stuck: StuckStep): void {
    this.#stuck.splice(this.#stuck.indexOf(stuck), 1);
    this.#show();
  }

  /** Waits, as stuck at a step that no repetition can help, until a person has decided. */
  async untilDecided(step: StepName, failure: Failure, isDecided: () => boolean): Promise<void> {
    const stuck = this.add(step, failure);
    try {
      await condition(isDecided);
    } finally {
      this.remove(stuck);
    }
  }

  /** The same, where the decision is a manual retry; no cancellation ends it. */
  async untilRetried(step: StepName, failure: Failure): Promise<void> {
    const stuck = this.add(step, failure);
    let isRetried = false;
    stuck.onRetry = () => {
      isRetried = true;
    };
    await CancellationScope.nonCancellable(() => condition(() => isRetried));
    this.remove(stuck);
  }

  /** Runs every stuck step again now. */
  retryAll(asked: AskedFor = 'alone'): void {
    for (const stuck of [...this.#stuck]) stuck.onRetry(asked);
  }

  /** Keeps a remark for whoever looks at the order, such as a signal that was ignored. */
  note(text: string): void {
    this.#notes.push(`${new Date().toISOString()}: ${text}`);
    this.#notes.splice(0, this.#notes.length - MAX_NOTES);
    this.#show();
  }

  /** Shows what has changed. */
  refresh(): void {
    const stuck = describeStuck(this.#stuck, this.#notes, this.policy);
    setCurrentDetails([stuck, this.describe()].filter((part) => part !== '').join('\n\n'));
  }

  #show(): void {
    this.refresh();
    const pressing = this.#stuck.find(needsPerson);
    const first = pressing ?? this.#stuck[0];
    const listed = first ? `${first.step} ${first.failure.type} ${first.since.toISOString()}` : '';
    if (listed === this.#listed) return;
    this.#listed = listed;
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: pressing !== undefined },
      { key: searchAttributes.failedStep, value: first?.step ?? null },
      { key: searchAttributes.failureType, value: first?.failure.type ?? null },
      { key: searchAttributes.stuckSince, value: first?.since ?? null },
    ]);
  }
}

class Stuck implements StuckStep {
  readonly since = new Date();
  lastTry = this.since;
  pauseMs = 0;
  onRetry: (asked: AskedFor) => void = () => {};

  constructor(
    readonly step: StepName,
    public failure: Failure,
    readonly show: () => void,
  ) {}

  get summary(): string {
    // The Web UI writes it after the name of the step.
    return `failed: ${this.failure.message}`.slice(0, 160).concat('; waiting for retry');
  }

  triesAgain(pauseMs: number): void {
    this.lastTry = new Date();
    this.pauseMs = pauseMs;
    this.show();
  }

  failedAgain(failure: Failure): void {
    this.failure = followedBy(this.failure, failure);
    this.show();
  }
}
