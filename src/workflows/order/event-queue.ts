import { condition } from '@temporalio/workflow';
import type { OrderEvent } from '../../domain/events.ts';
import type { Steps } from '../steps/run-step.ts';

/**
 * Publishing, beside the main flow of the order: events leave in version order, each batch
 * confirmed before the next, and a broker that is down holds up nothing but this queue.
 */
export class EventQueue {
  readonly #queue: OrderEvent[] = [];
  readonly #done: Promise<void>;
  #isHeld = false;
  #isClosed = false;

  constructor({ publishEvents }: Pick<Steps, 'publishEvents'>) {
    this.#done = this.#run(publishEvents);
  }

  /** Keeps what is queued until more is added or it is released, so that both leave at once. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  add(...events: OrderEvent[]): void {
    this.#queue.push(...events);
    this.#isHeld = false;
  }

  /** Resolves when all events are out; none may be added afterwards. */
  async drained(): Promise<void> {
    this.#isClosed = true;
    await this.#done;
  }

  async #run(publishEvents: Steps['publishEvents']): Promise<void> {
    for (;;) {
      await condition(() => (this.#queue.length > 0 && !this.#isHeld) || this.#isClosed);
      if (this.#queue.length === 0) return;
      await publishEvents(this.#queue.splice(0));
    }
  }
}
