import {
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { operatorSignal, searchAttributes } from '../contract.ts';
import { RECONCILE_STEP, resolveReport } from '../contract-reconciler.ts';
import type { Verdict } from '../domain/reconciliation.ts';
import { Refusal } from '../domain/refusal.ts';
import { describeReport } from './reconcile-text.ts';
import { readTexts, SOMEONE } from './text-input.ts';

/** What a person decided: to let it be, or to cancel the order. */
export interface Decision {
  cancels: boolean;
  by: string;
  reason: string;
}

const MAX_NOTES = 5;

/** Shows people what does not agree, where they find stuck orders, and takes their decision. */
export class Report {
  readonly #notes: string[] = [];
  readonly #since = new Date();
  #verdict: Verdict | undefined;
  #onDecision: (decision: Decision) => void = () => {};

  constructor(readonly orderId: string) {
    const resolve = 'You have seen to it: end the report. Input: {"by", "note"} or empty.';
    setHandler(resolveReport, (input) => this.#take(false, input), { description: resolve });
    const cancel =
      'Refund and cancel an order whose workflow is gone. Input: {"by", "reason"} or empty.';
    setHandler(operatorSignal('cancelOrder'), (input) => this.#take(true, input), {
      description: cancel,
    });
  }

  /** Waits for a person; may be called again when the decision could not be carried out. */
  decided(verdict: Verdict): Promise<Decision> {
    this.#verdict = verdict;
    this.#show();
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: true },
      { key: searchAttributes.failedStep, value: RECONCILE_STEP },
      { key: searchAttributes.failureType, value: verdict.report[0] ?? null },
      { key: searchAttributes.stuckSince, value: this.#since },
    ]);
    return new Promise((resolve) => {
      this.#onDecision = resolve;
    });
  }

  /** Takes the report off the lists, and keeps in mind what a person accepted. */
  close(): void {
    upsertMemo({ accepted: this.#verdict?.report ?? [] });
    upsertSearchAttributes([
      { key: searchAttributes.needsAttention, value: false },
      { key: searchAttributes.failedStep, value: null },
      { key: searchAttributes.failureType, value: null },
      { key: searchAttributes.stuckSince, value: null },
    ]);
    setCurrentDetails('');
  }

  note(text: string): void {
    this.#notes.push(`${new Date().toISOString()}: ${text}`);
    this.#notes.splice(0, this.#notes.length - MAX_NOTES);
    this.#show();
  }

  #take(cancels: boolean, input: unknown): void {
    try {
      const { by = SOMEONE, note, reason } = readTexts(input, ['by', 'note', 'reason']);
      if (cancels && !this.#verdict?.report.includes('abandonedPaid')) {
        this.note('signal cancelOrder was ignored: the order lives, or is not there to cancel');
        return;
      }
      this.#onDecision({ cancels, by, reason: reason ?? note ?? 'cancelled on request' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.note(`a signal was ignored: ${error.message}`);
    }
  }

  #show(): void {
    if (this.#verdict === undefined) return;
    setCurrentDetails(describeReport(this.orderId, this.#verdict, this.#since, this.#notes));
  }
}
