import {
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { searchAttributes } from '../../contract/order.ts';
import { RECONCILE_STEP, type ReconcilePolicy, type Shown } from '../../contract/reconciler.ts';
import { plain } from '../../domain/markdown.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readTexts, SOMEONE } from '../actions/text-input.ts';

/** What a person decided, in a signal of this name. */
export interface Decision<Action extends string> {
  action: Action;
  by: string;
  note?: string;
  reason?: string;
  transactionId?: string;
}

const MAX_NOTES = 5;

/** Shows people what they have to judge, where they find stuck orders, and takes their decision. */
export class Report<Action extends string> {
  #since: string | undefined;
  readonly #notes: string[];
  #page: string | undefined;
  #listed: string | undefined;
  #decision: Decision<Action> | undefined;

  constructor(shown: Shown | undefined) {
    this.#since = shown?.since;
    this.#notes = [...(shown?.notes ?? [])];
  }

  /** What it takes along when the workflow continues as new. */
  get shown(): Shown | undefined {
    return this.#since === undefined ? undefined : { since: this.#since, notes: this.#notes };
  }

  /** Shows a page of Markdown, listed with this search attribute FailureType. */
  show(failureType: string, page: string): void {
    this.#since ??= new Date().toISOString();
    this.#page = page;
    this.#write();
    if (this.#listed === failureType) return;
    this.#listed = failureType;
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: true },
      { key: searchAttributes.failedStep, value: RECONCILE_STEP },
      { key: searchAttributes.failureType, value: failureType },
      { key: searchAttributes.stuckSince, value: new Date(this.#since) },
    ]);
  }

  /** Steps have run: one that was stuck has shown itself in the place of this. */
  coveredUp(): void {
    this.#listed = undefined;
  }

  /** The next decision; undefined when none came in this time. */
  async decided(ms: number, summary: string): Promise<Decision<Action> | undefined> {
    await condition(() => this.#decision !== undefined, ms, { summary });
    const decision = this.#decision;
    this.#decision = undefined;
    return decision;
  }

  /** Takes a signal; one that makes no sense now is ignored, with a note. */
  take(
    action: Action,
    input: unknown,
    whyNot: (decision: Decision<Action>) => string | undefined = () => undefined,
  ): void {
    try {
      const texts = readTexts(input, ['by', 'note', 'reason', 'transactionId']);
      const decision = { by: SOMEONE, ...texts, action };
      const why = this.#page === undefined ? 'there is nothing to decide yet' : whyNot(decision);
      if (why === undefined) this.#decision = decision;
      else this.note(`signal ${action} was ignored: ${why}`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.note(`signal ${action} was ignored: ${error.message}`);
    }
  }

  note(text: string): void {
    this.#notes.push(`${new Date().toISOString()}: ${text}`);
    this.#notes.splice(0, this.#notes.length - MAX_NOTES);
    this.#write();
  }

  /** Takes the report off the lists. */
  close(): void {
    if (this.#since === undefined) return;
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: false },
      { key: searchAttributes.failedStep, value: null },
      { key: searchAttributes.failureType, value: null },
      { key: searchAttributes.stuckSince, value: null },
    ]);
    setCurrentDetails('');
  }

  #write(): void {
    const notes = this.#notes.map((note) => `- ${plain(note)}`).join('\n');
    const parts = [
      this.#page ?? '',
      this.#since ? `Found ${this.#since}.` : '',
      notes && `## Notes\n\n${notes}`,
    ];
    setCurrentDetails(parts.filter((part) => part !== '').join('\n\n'));
  }
}

/** Whether a workflow that waits for a person should continue as new. */
export function isLong({ maxEvents }: ReconcilePolicy): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxEvents;
}
