import { LRUCache } from 'lru-cache';
import type { StoredOrder } from '../../domain/records.ts';
import type { OrderHead, OrderQueries } from '../../store/order-queries.ts';
import { type Audience, orderView } from './order-view.ts';

/** An order as clients see it: `text` is JSON. */
export interface OrderText extends OrderHead {
  text: string;
}

/** In characters, of two bytes at most; an order of two lines has about 1,200. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * Makes each version of an order into text once, as far as there is room: a shop front-end asks
 * again and again. What is kept is never old, since MongoDB is asked for the version each time.
 */
export class OrderJsonCache {
  readonly #kept = new LRUCache<string, OrderText>({
    maxSize: MAX_SIZE,
    sizeCalculation: ({ text }) => text.length,
  });

  constructor(readonly store: OrderQueries) {}

  /** One query, whether or not it is kept. */
  async find(orderId: string, audience: Audience): Promise<OrderText | undefined> {
    if (this.#kept.has(keyOf(orderId, audience))) {
      const head = await this.store.head(orderId);
      return head && (await this.findAll([head], audience))[0];
    }
    const order = await this.store.find(orderId);
    return order && this.#keep(order, audience);
  }

  /** In the same order; one that changes meanwhile may be of its next version. */
  async findAll(heads: readonly OrderHead[], audience: Audience): Promise<OrderText[]> {
    const found = new Map(heads.map((head) => [head.orderId, this.#current(head, audience)]));
    const others = [...found.keys()].filter((orderId) => found.get(orderId) === undefined);
    if (others.length > 0) {
      for (const order of await this.store.findAll(others)) {
        found.set(order.orderId, this.#keep(order, audience));
      }
    }
    return [...found.values()].filter((text) => text !== undefined);
  }

  /** Whoever repairs an order by hand may forget its version, and hardly its time. */
  #current({ orderId, version, updatedAt }: OrderHead, audience: Audience): OrderText | undefined {
    const kept = this.#kept.get(keyOf(orderId, audience));
    const isCurrent = kept?.version === version && kept.updatedAt.getTime() === updatedAt.getTime();
    return isCurrent ? kept : undefined;
  }

  #keep(order: StoredOrder, audience: Audience): OrderText {
    const { orderId, userId, version, createdAt, updatedAt } = order;
    const head = { orderId, userId, version, createdAt, updatedAt };
    const text = { ...head, text: JSON.stringify(orderView(order, audience)) };
    this.#kept.set(keyOf(orderId, audience), text);
    return text;
  }
}

function keyOf(orderId: string, audience: Audience): string {
  return `${audience}:${orderId}`;
}
