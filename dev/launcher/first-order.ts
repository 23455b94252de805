import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type DevelopmentAuth, signToken } from './credentials.ts';
import { type OrderEventLine, readSteps } from './order-steps.ts';
import type { Stack } from './stack.ts';

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

/** Places one real order as Ana, and tells each step of its workflow as it happens. */
export async function placeFirstOrder(
  stack: Stack,
  auth: DevelopmentAuth,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<FirstOrder> {
  const token = await signToken(auth, 'ana', 'user');
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${stack.apiUrl}${path}`, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    });

  say('\nPOST /api/orders, as Ana: two mugs and a tea');
  const began = Date.now();
  const placed = await ask('/api/orders', { method: 'POST', body: JSON.stringify(firstOrderBody) });
  const answer = (await placed.json()) as Record<string, unknown>;
  if (!placed.ok) {
    throw new Error(`The first order was refused: ${placed.status} ${JSON.stringify(answer)}`);
  }
  const orderId = String(answer.orderId);
  say(`  ${placed.status} after ${Date.now() - began} ms: ${answer.orderNumber ?? orderId}`);

  const connection = await Connection.connect({ address: stack.servers.temporal.address });
  const client = new Client({ connection, namespace: stack.namespace });
  const told = new Set<string>();
  const tell = async () => {
    for (const line of await readSteps(client, orderId)) tellOnce(line);
  };
  const tellOnce = ({ id, ms, text }: OrderEventLine) => {
    if (!told.has(id)) say(`  ${String(ms).padStart(5)} ms  ${text}`);
    told.add(id);
  };
  try {
    for (;;) {
      await tell();
      const order = (await (await ask(`/api/orders/${orderId}`)).json()) as Record<string, unknown>;
      const published = [...told].some((id) => id.startsWith('publishEvents'));
      const status = String(order.status);
      if ((status === 'PAGADO' && published) || status === 'CANCELADO') return { orderId, status };
      if (Date.now() - began > BOUND_MS) return { orderId, status };
      await delay(50, undefined, { signal });
    }
  } finally {
    await connection.close();
  }
}
