import { CancellationScope } from '@temporalio/workflow';
import { Refusal } from '../domain/refusal.ts';

type Undo = { name: string; run: (refusal: Refusal) => Promise<void> };

/** The compensations of a saga: registered before their steps run, run newest first. */
export class UndoList {
  readonly #undos: Undo[] = [];

  add(name: string, run: Undo['run']): void {
    this.#undos.push({ name, run });
  }

  /** Registers an undo, then runs its step. A step that was refused did nothing: no undo. */
  async around<T>(name: string, run: Undo['run'], step: () => Promise<T>): Promise<T> {
    const undo = { name, run };
    this.#undos.push(undo);
    try {
      return await step();
    } catch (error) {
      if (error instanceof Refusal) this.#undos.splice(this.#undos.indexOf(undo), 1);
      throw error;
    }
  }

  async run(refusal: Refusal): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) {
        await undo.run(refusal);
      }
    });
  }
}

/** Like Promise.all, but waits for all of them before it fails: what runs cannot be undone yet. */
export async function allSettled(steps: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(steps);
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
}
