import { CancellationScope, setHandler } from '@temporalio/workflow';
import {
  awaitAction,
  type DeskAction,
  type DeskInput,
  type DeskOutcome,
  deskActions,
  deskSignal,
  deskUpdate,
} from '../contract-desk.ts';
import { Refusal } from '../domain/refusal.ts';
import type { DeskBoard } from './desk-board.ts';
import { type DeskRequest, readDeskOrder } from './desk-input.ts';
import { moveStuck } from './desk-move.ts';
import { asUpdateFailure } from './steps/refusals.ts';
import { invalid, readTexts } from './text-input.ts';

const descriptions: Readonly<Record<DeskAction, string>> = {
  retryStuck:
    'Try all stuck orders again now. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
  cancelStuck:
    'Cancel all stuck orders: refund, release. Input: empty, or {"failedStep", "failureType", "by", "note"}.',
};

const MAX_OUTCOMES = 20;

/** The actions on many orders, and how they ended. */
export class DeskActions {
  /** By the ids that programs gave; a refused one fails. */
  readonly #asked = new Map<string, Promise<DeskOutcome>>();
  readonly #ended: Map<string, DeskOutcome>;

  constructor(
    readonly input: DeskInput,
    readonly board: DeskBoard,
    readonly onEnd: () => void,
  ) {
    this.#ended = new Map(input.outcomes);
  }

  get outcomes(): [string, DeskOutcome][] {
    return [...this.#ended];
  }

  /** Each as an Update, which answers, and as a Signal, with the outcome in the details. */
  offer(): void {
    for (const action of Object.keys(deskActions) as DeskAction[]) {
      const description = descriptions[action];
      setHandler(deskSignal(action), (input) => this.#signalled(action, input), { description });
      setHandler(deskUpdate(action), (input) => this.#run(action, readDeskOrder(input)), {
        description,
        validator: (input) => {
          const refusal = whyNot(() => readDeskOrder(input));
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

  async #signalled(action: DeskAction, input: unknown): Promise<void> {
    const refusal = whyNot(() => readDeskOrder(input));
    if (refusal === undefined) await this.#run(action, readDeskOrder(input));
    else this.board.note(`signal ${action} was ignored: ${refusal.message}`);
  }

  /** A cancellation that is requested meanwhile does not end it. */
  async #run(action: DeskAction, request: DeskRequest): Promise<DeskOutcome> {
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

  #keep(actionId: string, outcome: DeskOutcome): void {
    this.#asked.delete(actionId);
    this.#ended.set(actionId, outcome);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_OUTCOMES && oldest !== undefined) this.#ended.delete(oldest);
  }

  async #outcome(actionId: string): Promise<DeskOutcome> {
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
