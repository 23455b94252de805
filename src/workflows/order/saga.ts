/** Undoes a step; calls `onTrouble` when it did not succeed at once and goes on trying. */
export type Compensation = (onTrouble: () => void) => Promise<void>;

/** The compensations of an order: added before their steps run, run newest first. */
export class Saga {
  readonly #compensations: Compensation[] = [];

  add(compensation: Compensation): void {
    this.#compensations.push(compensation);
  }

  /** Takes back what was added last: its step was refused, and did nothing. */
  drop(): void {
    this.#compensations.pop();
  }

  /** Resolves when all is compensated. One in trouble goes on by itself: the next need not wait. */
  async compensate(): Promise<void> {
    const running: Promise<void>[] = [];
    for (let next = this.#compensations.pop(); next; next = this.#compensations.pop()) {
      const run = next;
      await new Promise<void>((resolve, reject) => {
        const done = run(resolve);
        running.push(done);
        done.then(resolve, reject);
      });
    }
    await Promise.all(running);
  }
}
