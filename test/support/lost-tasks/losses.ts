import { type Completion, readers } from './completions.ts';
import type { Judge, Ruling } from './grpc-proxy.ts';

/** The completion that is to be lost, and what happens before its task is done again. */
interface Loss {
  point: string;
  meanwhile: (lost: Completion) => Promise<void>;
}

interface Watched {
  loss: Loss | undefined;
  hasFired: boolean;
  points: string[];
  counts: Map<string, number>;
}

const NOT_FOUND: Ruling = { status: 5, message: 'Task not found' };

/** Knows the points of orders at which a task can be lost, and loses it there. */
export class Losses {
  readonly #orders = new Map<string, Watched>();

  /** To be given to the proxy between the worker and its server. */
  readonly judges: Readonly<Record<string, Judge>> = Object.fromEntries(
    Object.entries(readers).map(([path, read]) => [
      path,
      async (message: Uint8Array) => {
        const completion = read(message);
        return completion === undefined ? 'forward' : this.#judge(completion);
      },
    ]),
  );

  /** Notes the points of an order from now on, and loses one of them, once, if it is named. */
  watch(orderId: string, loss?: Loss): void {
    this.#orders.set(orderId, { loss, hasFired: false, points: [], counts: new Map() });
  }

  /** The points that an order has passed so far, each by its first news. */
  points(orderId: string): string[] {
    return this.#orders.get(orderId)?.points ?? [];
  }

  hasFired(orderId: string): boolean {
    return this.#orders.get(orderId)?.hasFired ?? false;
  }

  async #judge(completion: Completion): Promise<Ruling> {
    const order = this.#orders.get(completion.orderId);
    if (order === undefined) return 'forward';
    const names = completion.brings.map((news) => {
      const count = (order.counts.get(news) ?? 0) + 1;
      order.counts.set(news, count);
      return `${completion.kind}: ${news}${count > 1 ? ` (${count})` : ''}`;
    });
    order.points.push(...names.slice(0, 1));
    const { loss } = order;
    if (loss === undefined || order.hasFired || !names.includes(loss.point)) return 'forward';
    order.hasFired = true;
    await loss.meanwhile(completion);
    return NOT_FOUND;
  }
}
