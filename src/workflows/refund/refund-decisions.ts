import { setHandler } from '@temporalio/workflow';
import { type OperatorInput, operatorSignal, operatorUpdate } from '../../contract/order.ts';
import {
  decisionSignal,
  decisionUpdate,
  type RefundDecision,
  refundDecisions,
} from '../../contract/refund.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type ActionRequest, readActionInput } from '../actions/action-input.ts';
import { confirmRefund } from '../actions/confirm-refund.ts';
import { until } from '../order/handler-waits.ts';
import { asUpdateFailure, refusalOf } from '../steps/refusal-conversion.ts';
import { offerRetry } from '../stuck/offer-retry.ts';
import type { StuckState } from '../stuck/stuck-state.ts';

type Decision = RefundDecision | 'confirmRefund';

/** What a person decided, and who. */
export interface Decided {
  decision: Decision;
  by: string;
  reason?: string;
  transactionId?: string;
}

/** What the Web UI lists; texts of the order's own actions where they mean the same. */
const descriptions: Readonly<Record<Decision, string>> = {
  approve: 'The goods are back: give the money back. Input: empty, or {"by": "you"}',
  reject: 'Give nothing back. Input: {"by": "you", "reason": "why"}',
  confirmRefund: confirmRefund.description,
};

/** What people decide of a refund, each as an Update and as a Signal. */
export class RefundDecisions {
  #awaited: readonly Decision[] = [];
  #decided: Decided | undefined;
  #isRecorded = false;

  constructor(readonly stuck: StuckState) {
    for (const decision of Object.keys(refundDecisions) as RefundDecision[]) {
      this.#offer(decision, decisionUpdate(decision), decisionSignal(decision));
    }
    this.#offer('confirmRefund', operatorUpdate('confirmRefund'), operatorSignal('confirmRefund'));
    offerRetry(stuck);
  }

  get made(): Decided | undefined {
    return this.#decided;
  }

  /** From now on one of these ends the waiting. */
  expect(...decisions: Decision[]): void {
    this.#awaited = decisions;
    this.#decided = undefined;
    this.#isRecorded = false;
  }

  /** Whoever decided has an answer. */
  recorded(): void {
    this.#awaited = [];
    this.#isRecorded = true;
  }

  #offer(
    decision: Decision,
    update: ReturnType<typeof decisionUpdate>,
    signal: ReturnType<typeof decisionSignal>,
  ): void {
    const description = descriptions[decision];
    const decide = (input: unknown) => {
      this.#decided ??= { ...this.#read(decision, input), decision };
    };
    const decideAndWait = async (input: OperatorInput) => {
      decide(input);
      await until(() => this.#isRecorded);
    };
    setHandler(update, decideAndWait, {
      description,
      validator: (input) => {
        const refusal = refusalOf(() => this.#read(decision, input));
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
    const decideOrNote = (input: unknown) => {
      const refusal = refusalOf(() => decide(input));
      if (refusal !== undefined) this.stuck.note(`${decision} was ignored: ${refusal.message}`);
    };
    setHandler(signal, decideOrNote, { description });
  }

  /** Throws Refusal for what cannot be decided now. */
  #read(decision: Decision, input: unknown): ActionRequest {
    const request = readActionInput(input);
    const made = this.#decided;
    if (made !== undefined && made.decision !== decision) {
      throw new Refusal('illegal_transition', `it is decided: ${made.decision}`);
    }
    if (!this.#awaited.includes(decision)) {
      throw new Refusal('illegal_transition', `nothing waits for ${decision}`);
    }
    if (decision === 'confirmRefund' && request.transactionId === undefined) {
      throw new Refusal('illegal_transition', 'transactionId is missing');
    }
    return request;
  }
}
