import { LRUCache } from 'lru-cache';
import type { StoredOrder } from '../domain/records.ts';
import type { OrderHead, OrderQueries } from '../store/order-queries.ts';
import { representOrder } from './representation.ts';

/** An order as clients see it, as JSON text. */
export interface OrderText {
  version: number;
  text: string;
}

/** In characters, of two bytes at most; an order of two lines has about 1,200. */
const MAX_SIZE = 16 * 1024 * 1024;

/**
 * Makes each version of an order into text once, as far as there is room: a shop front-end asks
 * again and again. What is kept is never old, since MongoDB is asked for the version each time.
 */
export class OrderTexts {
  readonly #kept = new LRUCache<string, OrderText>({
    maxSize: MAX_SIZE,
    sizeCalculation: ({ text }) => text.length,
  });

  constructor(readonly store: OrderQueries) {}

  /** Of an order that there is. */
  async of(head: OrderHead): Promise<OrderText> {
    const [text] = await this.ofAll([head]);
    if (text === undefined) throw new Error('the order is gone');
    return text;
  }

  /** In the same order; one that changes meanwhile may be of its next version. */
  async ofAll(heads: readonly OrderHead[]): Promise<OrderText[]> {
    const kept = new Map(heads.map((head) => [head.orderId, this.#kept.get(keyOf(head))]));
    const unknown = heads.map(({ orderId }) => orderId).filter((id) => !kept.get(id));
    if (unknown.length > 0) {
      for (const order of await this.store.findAll(unknown)) {
        kept.set(order.orderId, this.#keep(order));
      }
    }
    return heads.flatMap(({ orderId }) => kept.get(orderId) ?? []);
  }

  #keep(order: StoredOrder): OrderText {
    const text = { version: order.version, text: JSON.stringify(representOrder(order)) };
    this.#kept.set(keyOf(order), text);
    return text;
  }
}

/** Whoever mends an order by hand may forget its version, and hardly its time. */
function keyOf({
  orderId,
  version,
  updatedAt,
}: Pick<StoredOrder, 'orderId' | 'version' | 'updatedAt'>) {
  return `${orderId}:${version}:${updatedAt.getTime()}`;
}
