import { CancellationScope, setHandler } from '@temporalio/workflow';
import {
  awaitAction,
  type BulkAction,
  type BulkOutcome,
  bulkActions,
  bulkSignal,
  bulkUpdate,
  type StuckOrdersInput,
} from '../../contract/stuck-orders.ts';
import { Refusal } from '../../domain/refusal.ts';
import { invalid, readTexts } from '../actions/text-input.ts';
import { asUpdateFailure } from '../steps/refusal-conversion.ts';
import { moveStuck } from './act-on-all.ts';
import { type ReadBulkRequest, readBulkRequest } from './bulk-input.ts';
import type { PageState } from './page-state.ts';

const descriptions: Readonly<Record<BulkAction, string>> = {
  retryStuck:
    'Try all stuck orders again now. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
  cancelStuck:
    'Cancel all stuck orders: refund, release. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
};

const MAX_OUTCOMES = 20;

/** The actions on many orders, and how they ended. */
export class BulkActions {
  /** By the ids that programs gave; a refused one fails. */
  readonly #asked = new Map<string, Promise<BulkOutcome>>();
  readonly #ended: Map<string, BulkOutcome>;

  constructor(
    readonly input: StuckOrdersInput,
    readonly board: PageState,
    readonly onEnd: () => void,
  ) {
    this.#ended = new Map(input.outcomes);
  }

  get outcomes(): [string, BulkOutcome][] {
    return [...this.#ended];
  }

  /** Each as an Update, which answers, and as a Signal, with the outcome in the details. */
  offer(): void {
    for (const action of Object.keys(bulkActions) as BulkAction[]) {
      const description = descriptions[action];
      setHandler(bulkSignal(action), (input) => this.#signalled(action, input), { description });
      setHandler(bulkUpdate(action), (input) => this.#run(action, readBulkRequest(input)), {
        description,
        validator: (input) => {
          const refusal = whyNot(() => readBulkRequest(input));
          if (refusal !== undefined) throw asUpdateFailure(refusal);
        },
      });
    }
    setHandler(awaitAction, (input) => this.#outcome(actionIdOf(input)), {
      description: 'For programs: waits for an action that was signalled with an "actionId".',
      validator: (input) => {
        const refusal = whyNot(() => actionIdOf(input));
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
  }

  async #signalled(action: BulkAction, input: unknown): Promise<void> {
    const refusal = whyNot(() => readBulkRequest(input));
    if (refusal === undefined) await this.#run(action, readBulkRequest(input));
    else this.board.note(`signal ${action} was ignored: ${refusal.message}`);
  }

  /** A cancellation that is requested meanwhile does not end it. */
  async #run(action: BulkAction, request: ReadBulkRequest): Promise<BulkOutcome> {
    const { policy } = this.input;
    const running = CancellationScope.nonCancellable(() =>
      moveStuck(action, request, policy, this.board),
    );
    if (request.actionId !== undefined) this.#asked.set(request.actionId, running);
    const outcome = await running;
    if (request.actionId !== undefined) this.#keep(request.actionId, outcome);
    this.onEnd();
    return outcome;
  }

  #keep(actionId: string, outcome: BulkOutcome): void {
    this.#asked.delete(actionId);
    this.#ended.set(actionId, outcome);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_OUTCOMES && oldest !== undefined) this.#ended.delete(oldest);
  }

  async #outcome(actionId: string): Promise<BulkOutcome> {
    const outcome = this.#ended.get(actionId) ?? (await this.#asked.get(actionId));
    if (outcome === undefined) throw asUpdateFailure(new Refusal('not_found', 'No such action'));
    return outcome;
  }
}

function actionIdOf(input: unknown): string {
  const { actionId } = readTexts(input, ['actionId']);
  if (actionId === undefined) throw invalid('names no actionId');
  return actionId;
}

function whyNot(read: () => unknown): Refusal | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
