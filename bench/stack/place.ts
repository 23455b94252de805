import { randomUUID } from 'node:crypto';
import { firstOrderBody } from '../../dev/launcher/first-order.ts';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import type { Send } from './http.ts';
import { lines } from './simulators.ts';

/** An order that was accepted, and how often the API was busy before. */
interface Accepted {
  orderId: string;
  retries: number;
}

/** Places one order over HTTP, as a customer does, and answers when it is accepted. */
export type Place = (special?: SpecialOrder) => Promise<Accepted>;

/** What is not as usual with an order. */
interface SpecialOrder {
  body?: { paymentMethod?: string; paymentToken?: string };
  headers?: Record<string, string>;
  /** The statuses that mean it went as it should. */
  accepted?: readonly number[];
}

interface Customer {
  user: string;
  token: string;
  accepted: readonly number[];
}

const BODY = { ...firstOrderBody, items: lines, paymentToken: 'tok_bench' };

export function createPlacer(send: Send, { user, token, accepted }: Customer): Place {
  return async (special = {}) => {
    const key = randomUUID();
    const { retries } = await send({
      ...{ method: 'POST', path: '/api/orders', token },
      body: { ...BODY, ...special.body },
      headers: { 'Idempotency-Key': key, ...special.headers },
      expected: special.accepted ?? accepted,
    });
    return { orderId: orderIdFor(user, key), retries };
  };
}
