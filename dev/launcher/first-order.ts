import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { type DevelopmentAuth, signToken } from './credentials.ts';
import { createTimeline } from './display/timeline.ts';
import { followSteps } from './order-steps.ts';
import type { LaunchedStack } from './stack.ts';

export interface FirstOrder {
  orderId: string;
  status: string;
}

export const firstOrderBody = {
  items: [
    { productId: 'P-1001', quantity: 2 },
    { productId: 'P-1002', quantity: 1 },
  ],
  shippingAddress: {
    street: 'Calle Mayor 1',
    city: 'Madrid',
    state: 'Madrid',
    postalCode: '28013',
    country: 'ES',
  },
  paymentMethod: 'credit_card',
};

const BOUND_MS = 60_000;

/**
 * Places one real order as Ana, and tells each step of its workflow as it happens.
 *
 * @throws when it is refused, or not paid within a minute
 */
export async function placeFirstOrder(
  stack: LaunchedStack,
  auth: DevelopmentAuth,
  stopping: AbortSignal,
  say: (text: string) => void,
): Promise<FirstOrder> {
  const bound = AbortSignal.timeout(BOUND_MS);
  const refused = new AbortController();
  const signal = AbortSignal.any([stopping, bound, refused.signal]);
  const user = 'ana';
  const key = randomUUID();
  // Known beforehand, so that its workflow can be watched while the API still works on it.
  const orderId = orderIdFor(user, key);
  const headers = {
    Authorization: `Bearer ${await signToken(auth, user, 'user')}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': key,
  };
  const connection = await Connection.connect(stack.temporalConnection);
  const client = new Client({ connection, namespace: stack.namespace });

  say('\nPOST /api/orders, as Ana: two mugs and a tea');
  const { tell, flush } = createTimeline(say);

  async function post(): Promise<void> {
    const body = JSON.stringify(firstOrderBody);
    const answer = await fetch(`${stack.apiUrl}/api/orders`, {
      ...{ method: 'POST', headers, body, signal },
    });
    if (!answer.ok) {
      refused.abort();
      throw new Error(`The first order was refused: ${answer.status} ${await answer.text()}`);
    }
    const { orderNumber } = (await answer.json()) as { orderNumber?: string };
    tell(Date.now(), `the API answers ${answer.status}${orderNumber ? `: ${orderNumber}` : ''}`);
  }

  async function watch(): Promise<void> {
    const done = new Set<string>();
    for await (const { name, at } of followSteps(client, orderId, signal)) {
      tell(at, describe(name, done));
      done.add(name);
      if (name === 'publishEvents' && done.has('recordTransition')) return;
    }
  }

  function describe(name: string, done: Set<string>): string {
    if (name === 'recordTransition') {
      return `MongoDB has the order as ${done.has('chargePayment') ? 'PAGADO' : 'CANCELADO'}`;
    }
    if (name === 'publishEvents') return `${stack.eventsGoTo} has its events`;
    return STEPS[name] ?? name;
  }

  try {
    const posting = post();
    const watching = watch().catch(async (error: unknown) => {
      await posting; // a refusal says more
      throw error;
    });
    await Promise.all([posting, watching]);
    flush();
    const answer = await fetch(`${stack.apiUrl}/api/orders/${orderId}`, { headers, signal });
    const { status } = (await answer.json()) as { status: string };
    return { orderId, status };
  } catch (error) {
    if (!bound.aborted) throw error;
    throw new Error(`The first order was not paid within ${BOUND_MS / 1000} s`);
  } finally {
    await connection.close();
  }
}

const STEPS: Record<string, string> = {
  checkOrder: 'Auth knows the user, Products told names and prices',
  placeOrder: 'MongoDB has the order as CREADO, Inventory holds the stock',
  chargePayment: 'Payments captured the money',
};
