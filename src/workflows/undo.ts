import { Refusal } from '../domain/refusal.ts';

/** Why the order comes to its end, and who wants it. */
export interface Ending {
  reason: string;
  by: string;
}

/** Undoes a step; calls `onTrouble` when it did not succeed at once and goes on trying. */
export type Undo = (ending: Ending, onTrouble: () => void) => Promise<void>;

/** The compensations of a saga: registered before their steps run, run newest first. */
export class UndoList {
  readonly #undos: Undo[] = [];

  add(undo: Undo): void {
    this.#undos.push(undo);
  }

  /** Registers an undo, then runs its step. A step that was refused did nothing: no undo. */
  async around<T>(undo: Undo, step: () => Promise<T>): Promise<T> {
    this.#undos.push(undo);
    try {
      return await step();
    } catch (error) {
      if (error instanceof Refusal) this.#undos.splice(this.#undos.indexOf(undo), 1);
      throw error;
    }
  }

  /** Resolves when all is undone. An undo in trouble goes on by itself: the next need not wait. */
  async run(ending: Ending): Promise<void> {
    const running: Promise<void>[] = [];
    for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) {
      const current = undo;
      await new Promise<void>((resolve, reject) => {
        const undone = current(ending, resolve);
        running.push(undone);
        undone.then(resolve, reject);
      });
    }
    await Promise.all(running);
  }
}

/** Like Promise.all, but waits for all of them before it fails: what runs cannot be undone yet. */
export async function allSettled(steps: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(steps);
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
}
