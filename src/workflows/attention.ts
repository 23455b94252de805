import { metricMeter, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type OrderPolicy, searchAttributes } from '../contract.ts';
import { describeAttention } from './attention-text.ts';
import type { Failure } from './failure.ts';
import type { StepName } from './recipes.ts';

/** One step that is parked. */
export interface StuckStep {
  readonly step: StepName;
  readonly since: Date;
  /** When it was tried last, as far as the order knows. */
  lastTry: Date;
  failure: Failure;
  attempts: number;
  /** For the timeline of the Web UI. */
  readonly summary: string;
  onRetry: () => void;
  failedAgain(failure: Failure): void;
}

const MAX_NOTES = 5;

/**
 * What of an order needs a person: it says so in the search attributes, in the current details
 * that the Web UI shows, and in a metric; and it wakes what is parked.
 */
export class Attention {
  readonly #stuck: StuckStep[] = [];
  readonly #notes: string[] = [];
  #listed = '';

  constructor(readonly policy: OrderPolicy) {}

  get needed(): boolean {
    return this.#stuck.length > 0;
  }

  isStuckAt(step: StepName): boolean {
    return this.#stuck.some((stuck) => stuck.step === step);
  }

  park(step: StepName, failure: Failure): StuckStep {
    const attention = this;
    const now = new Date();
    const stuck: StuckStep = {
      step,
      since: now,
      lastTry: now,
      failure,
      attempts: failure.attempts + 1,
      get summary() {
        // The Web UI writes it after the name of the step.
        return `failed: ${this.failure.message}`.slice(0, 160).concat('; waiting for retry');
      },
      onRetry: () => {},
      failedAgain(again) {
        this.lastTry = new Date();
        this.failure = again;
        this.attempts += again.attempts;
        attention.#show();
      },
    };
    this.#stuck.push(stuck);
    metricMeter.createCounter('orders_parked').add(1, { step });
    this.#show();
    return stuck;
  }

  unpark(stuck: StuckStep): void {
    this.#stuck.splice(this.#stuck.indexOf(stuck), 1);
    this.#show();
  }

  /** Runs every parked step again now. */
  retryAll(): void {
    for (const stuck of [...this.#stuck]) stuck.onRetry();
  }

  /** Keeps a remark for whoever looks at the order, such as a signal that was ignored. */
  note(text: string): void {
    this.#notes.push(`${new Date().toISOString()}: ${text}`);
    this.#notes.splice(0, this.#notes.length - MAX_NOTES);
    this.#show();
  }

  #show(): void {
    setCurrentDetails(describeAttention(this.#stuck, this.#notes, this.policy));
    const [first] = this.#stuck;
    const listed = first ? `${first.step} ${first.failure.type} ${first.since.toISOString()}` : '';
    if (listed === this.#listed) return;
    this.#listed = listed;
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: first !== undefined },
      { key: searchAttributes.failedStep, value: first?.step ?? null },
      { key: searchAttributes.failureType, value: first?.failure.type ?? null },
      { key: searchAttributes.stuckSince, value: first?.since ?? null },
    ]);
  }
}
