import { setTimeout as delay } from 'node:timers/promises';
import type { OperationLog } from '../operation-log.ts';
import type { ChaosStack } from '../stack/stack.ts';
import { type Basket, basketFor } from './basket.ts';
import { ShopClient } from './shop-client.ts';

/** An order that its customer knows to be accepted. */
export interface AcceptedOrder {
  orderId: string;
  isTransfer: boolean;
}

interface CustomersOptions {
  orders: number;
  customers: number;
  seed: string;
  onAccepted(order: AcceptedOrder): void;
  onDone(done: number): void;
  stopping: AbortSignal;
}

const POLL_MS = 700;
/** A customer looks at an order for so long, and then goes away. */
const WATCH_MS = 8_000;

/**
 * Customers who behave: each places an order, repeats the same request with the same key until it is
 * answered for good, watches it, and cancels it at times.
 */
export async function shop(stack: ChaosStack, log: OperationLog, options: CustomersOptions) {
  const { orders, customers, seed, onAccepted, onDone, stopping } = options;
  const client = new ShopClient(stack, log);
  const stopped = () => stopping.aborted;
  let next = 0;
  let done = 0;

  async function customer(): Promise<void> {
    while (next < orders && !stopped()) {
      const basket = basketFor(seed, next++);
      await placeAndWatch(basket, await stack.tokenOf(basket.user));
      onDone(++done);
    }
  }

  async function placeAndWatch(basket: Basket, token: string): Promise<void> {
    const { user, key, body, isTransfer, wait } = basket;
    const placement = {
      ...({ kind: 'place', method: 'POST', path: '/api/orders', token, body } as const),
      headers: { 'Idempotency-Key': key, ...(wait && { Prefer: 'wait=5' }) },
      about: { user, key },
    };
    const [answer] = await Promise.all([
      client.untilAnswered(placement, stopped),
      basket.isDoubled && client.untilAnswered(placement, stopped),
    ]);
    const orderId = answer?.body?.orderId;
    if (answer === undefined || answer.status >= 300 || orderId === undefined) return;
    onAccepted({ orderId, isTransfer });
    await Promise.all([watch(orderId, token), cancel(basket, orderId, token)]);
  }

  async function cancel({ cancelAfterMs }: Basket, orderId: string, token: string) {
    if (cancelAfterMs === undefined) return;
    await delay(cancelAfterMs);
    const path = `/api/orders/${orderId}/cancel`;
    const about = { orderId };
    await client.untilAnswered({ kind: 'cancel', method: 'POST', path, token, about }, stopped);
  }

  async function watch(orderId: string, token: string): Promise<void> {
    const end = Date.now() + WATCH_MS;
    while (Date.now() < end && !stopped()) {
      const path = `/api/orders/${orderId}`;
      const request = { kind: 'read', method: 'GET', path, token, about: { orderId } } as const;
      const { answer } = await client.once(request);
      const status = answer?.status === 200 ? answer.body?.status : undefined;
      if (status !== undefined && status !== 'CREADO') return;
      await delay(POLL_MS);
    }
  }

  await Promise.all(Array.from({ length: customers }, customer));
}
