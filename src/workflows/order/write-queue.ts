import { CancellationScope } from '@temporalio/workflow';

/** One write after the other, each of them to its end, whatever is cancelled meanwhile. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run(work: () => Promise<void>): Promise<void> {
    const write = () => CancellationScope.nonCancellable(work);
    const written = this.#last.then(write, write);
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** Resolves when every write is done, also those that are wanted meanwhile. */
  async drained(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last;
      await last;
    }
  }
}
