import { type FollowOptions, follow } from './follow.ts';
import { bodyOf, type Send } from './http.ts';
import { OrdersProblem, type ProblemDocument } from './problems.ts';
import type { Basket, EventTicket, Order, OrderFilter, OrderPage, StatusEvent } from './types.ts';

interface RefusedOrder {
  status: 'refused';
  problem: ProblemDocument;
}

interface RequestOptions {
  signal?: AbortSignal;
}

export interface PlaceOptions extends RequestOptions {
  /** One is made when absent; give the one of an error to repeat what it came from. */
  idempotencyKey?: string;
  /** How long to wait for the payment. Seconds, 30 at most. */
  wait?: number;
}

export interface CancelOptions extends RequestOptions {
  reason?: string;
  /** Cancels the order only in this version. */
  version?: number;
}

/** The order as it is now; undefined while it is still being worked on: follow it. */
export interface Answer {
  orderId: string;
  order: Order | undefined;
}

export interface Placed extends Answer {
  idempotencyKey: string;
  /** An earlier request with the key placed it. */
  isReplay: boolean;
}

export class Orders {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /**
   * Places an order, once: every attempt has the same key. Throws OrdersProblem when it is refused, and
   * OutcomeUnknown when nobody says so; both have the key to repeat it with.
   */
  async place(basket: Basket, options: PlaceOptions = {}): Promise<Placed> {
    const { idempotencyKey = crypto.randomUUID(), wait, signal } = options;
    const response = await this.#send({
      ...{ method: 'POST', path: '/api/orders', body: basket, signal },
      headers: {
        'Idempotency-Key': idempotencyKey,
        ...(wait !== undefined && { Prefer: `wait=${wait}` }),
      },
    });
    const isReplay = response.headers.get('Idempotent-Replayed') === 'true';
    return { ...(await answerIn(response)), idempotencyKey, isReplay };
  }

  /** Throws OrdersProblem also for an order whose placement was refused: with that problem. */
  async get(orderId: string, { signal }: RequestOptions = {}): Promise<Order> {
    const response = await this.#send({ path: pathOf(orderId), signal });
    const order = await bodyOf<Order | RefusedOrder>(response);
    if (order.status === 'refused') throw new OrdersProblem(order.problem);
    return order;
  }

  /** All orders that fit, newest first; pages are fetched as they are needed. */
  async *list(filter: OrderFilter = {}, options: RequestOptions = {}): AsyncGenerator<Order, void> {
    for await (const { orders } of this.pages(filter, options)) yield* orders;
  }

  async *pages(
    filter: OrderFilter = {},
    { signal }: RequestOptions = {},
  ): AsyncGenerator<OrderPage, void> {
    let cursor: string | undefined;
    do {
      const query = { ...filter, cursor };
      const response = await this.#send({ path: '/api/orders', query, signal });
      const page = await bodyOf<OrderPage>(response);
      yield page;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** Cancels an order that is not shipped. A payment that is under way ends first. */
  async cancel(orderId: string, options: CancelOptions = {}): Promise<Answer> {
    const { reason, version, signal } = options;
    const response = await this.#send({
      ...{ method: 'POST', path: `${pathOf(orderId)}/cancel`, signal },
      body: reason === undefined ? {} : { reason },
      headers: version === undefined ? {} : { 'If-Match': `"${version}"` },
    });
    return answerIn(response);
  }

  /** Each status that the order comes into, from the first until the last. */
  follow(orderId: string, options: FollowOptions = {}): AsyncGenerator<StatusEvent, void> {
    return follow(this.#send, `${pathOf(orderId)}/events`, options);
  }

  /** For `new EventSource(…/events?ticket=…)` in a browser, which can send no token. */
  async ticket(orderId: string, { signal }: RequestOptions = {}): Promise<EventTicket> {
    const path = `${pathOf(orderId)}/events/ticket`;
    return bodyOf(await this.#send({ method: 'POST', path, signal }));
  }
}

async function answerIn(response: Response): Promise<Answer> {
  const order = await bodyOf<Order>(response);
  return { orderId: order.orderId, order: response.status === 202 ? undefined : order };
}

function pathOf(orderId: string): string {
  return `/api/orders/${encodeURIComponent(orderId)}`;
}
