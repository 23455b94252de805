import { EventSource } from 'eventsource';
import { type DevelopmentAuth, signToken } from '../launcher/credentials.ts';
import { firstOrderBody } from '../launcher/first-order.ts';
import type { LaunchedStack } from '../launcher/stack.ts';
import { waitFor } from '../processes/wait-for.ts';
import { must } from './guide.ts';

export interface OrderView {
  orderId: string;
  orderNumber: string;
  status: string;
  total: { amount: string; currency: string };
  cancellation?: { reason: string };
}

export interface ShopAnswer<Body = OrderView> {
  status: number;
  headers: Headers;
  body: Body;
}

interface RequestOptions {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

const ANSWER_MS = 30_000;
const FINAL = new Set(['ENVIADO', 'CANCELADO']);

/** The API as Ana and an admin use it, and the back doors of the simulated services. */
export async function openShop(stack: LaunchedStack, auth: DevelopmentAuth) {
  const tokens = {
    ana: await signToken(auth, 'ana', 'user'),
    admin: await signToken(auth, 'admin', 'admin'),
  };
  type Person = keyof typeof tokens;

  async function request<Body = OrderView>(
    person: Person,
    path: string,
    { method = 'GET', body, headers }: RequestOptions = {},
  ): Promise<ShopAnswer<Body>> {
    const answer = await fetch(stack.apiUrl + path, {
      method,
      headers: {
        Authorization: `Bearer ${tokens[person]}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  }

  /** One that must succeed. @throws with the problem when it does not */
  async function ask<Body = OrderView>(
    person: Person,
    path: string,
    options?: RequestOptions,
  ): Promise<ShopAnswer<Body>> {
    const answer = await request<Body>(person, path, options);
    if (answer.status < 300) return answer;
    const { code, detail } = answer.body as { code?: string; detail?: string };
    throw new Error(
      `the API answers ${answer.status} ${[code, detail].filter(Boolean).join(', ')}`,
    );
  }

  async function backDoor(
    service: keyof LaunchedStack['services'],
    path: string,
    options?: RequestInit,
  ) {
    const url = stack.services[service];
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${url}/admin${path}`, { headers, ...options });
    if (!answer.ok) throw new Error(`${url} is no simulator: it answers ${answer.status}`);
    return answer.json();
  }

  return {
    request,
    ask,

    /** Ana's order: two mugs and a tea, unless told. */
    place: (change: object, key: string) =>
      request('ana', '/api/orders', {
        method: 'POST',
        body: { ...firstOrderBody, ...change },
        headers: { 'Idempotency-Key': key },
      }),

    /** Waits until the order has the status; not for one that it can never get. */
    async until(orderId: string, status: string): Promise<OrderView> {
      const seen = async () => (await ask('ana', `/api/orders/${orderId}`)).body;
      const order = await waitFor(
        async () => {
          const now = await seen();
          return (now.status === status || FINAL.has(now.status)) && now;
        },
        { timeoutMs: ANSWER_MS, what: `the order to be ${status}` },
      );
      must(`the order (${order.cancellation?.reason ?? order.orderNumber})`, order.status, status);
      return order;
    },

    /** Follows the order's server-sent events until `close()`, or the API ends the stream. */
    follow(orderId: string, onStatus: (status: string) => void): { close(): void } {
      const source = new EventSource(`${stack.apiUrl}/api/orders/${orderId}/events`, {
        fetch: (url, init) =>
          fetch(url, {
            ...init,
            headers: { ...init.headers, Authorization: `Bearer ${tokens.ana}` },
          }),
      });
      source.addEventListener('status', ({ data }) => onStatus(JSON.parse(data).status));
      return source;
    },

    /** Waits until a service has done this for an order, and no more, by its append-only ledger. */
    async untilLedger(service: keyof LaunchedStack['services'], orderId: string, expected: string) {
      let found = '';
      const isThere = async () => {
        const ledger = await backDoor(service, `/ledger?orderId=${orderId}`);
        const { entries } = ledger as { entries: { type: string }[] };
        found = entries.map(({ type }) => type).join(', ');
        return found === expected;
      };
      await waitFor(isThere, {
        timeoutMs: ANSWER_MS,
        what: `${service} to have done: ${expected}`,
      }).catch(() => must(`the ledger of ${service}`, found, expected));
    },

    /** Lets Payments answer 503 for one order; answers what repairs it. */
    async breakPayments(orderId: string): Promise<() => Promise<unknown>> {
      const id = `tour-${orderId}`;
      const fault = { id, orderId, kind: 'errorBefore', route: 'POST /api/payments' };
      await backDoor('payments', '/faults', { method: 'POST', body: JSON.stringify(fault) });
      return () => backDoor('payments', `/faults/${id}`, { method: 'DELETE' });
    },
  };
}
