import { condition } from '@temporalio/workflow';
import type { OrderEvent } from '../domain/events.ts';
import type { Step } from './step.ts';

/**
 * Publishing, beside the story of the order: events leave in version order, each batch confirmed
 * before the next, and a broker that is down holds up nothing but this lane.
 */
export class EventLane {
  /**
   * How long `order.created` waits for company. In good weather the payment is through by then,
   * so both leave with one publish, and the customer's answer never waits for the broker.
   */
  static readonly LINGER = '2s';

  readonly #queue: OrderEvent[] = [];
  readonly #done: Promise<void>;
  #closed = false;

  constructor(step: Step) {
    this.#done = this.#run(step);
  }

  add(...events: OrderEvent[]): void {
    this.#queue.push(...events);
  }

  /** Resolves when all events are out; none may be added afterwards. */
  async drained(): Promise<void> {
    this.#closed = true;
    await this.#done;
  }

  async #run(step: Step): Promise<void> {
    for (;;) {
      await condition(() => this.#queue.length > 0 || this.#closed);
      if (this.#queue.length === 0) return;
      await condition(() => this.#queue.length > 1 || this.#closed, EventLane.LINGER, {
        summary: 'waits a moment, to publish together',
      });
      await step('publishEvents', [this.#queue.splice(0)]);
    }
  }
}
