import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Basket,
  createClient,
  OrdersProblem,
  OutcomeUnknown,
  type StatusEvent,
} from '../../packages/client/src/index.ts';
import { retryDelay } from '../../packages/client/src/retry.ts';
import { createApp } from '../../src/api/app.ts';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { EventStreams } from '../../src/api/streams/event-streams.ts';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { orderBody, ship } from '../support/api/requests.ts';
import { token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { untilStatus } from '../support/orders/orders.ts';
import { json, type ScriptedServer, scriptedServer } from '../support/servers/scripted-server.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let server: ListeningServer;
let streams = new EventStreams();
beforeAll(async () => {
  stack = await startStack();
  const fetch = (request: Request) => createApp({ ...stack.deps, streams }).fetch(request);
  server = await listen(fetch, { port: 0, host: '127.0.0.1' });
});
let edge: ScriptedServer | undefined;
afterEach(async () => {
  await edge?.stop();
  edge = undefined;
});
afterAll(async () => {
  streams.endAll();
  await server?.stop();
  await stack?.stop();
});

const basket = (overrides = {}) => orderBody(overrides) as Basket;
const clientOf = (sub = 'ana', options = {}) =>
  createClient({
    ...{ baseUrl: `http://127.0.0.1:${server.port}`, token: () => token({ sub }) },
    ...options,
  }).orders;
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(
    status,
    { type: `/problems/${code}`, title: code, status, code, requestId: 'r' },
    { 'Content-Type': 'application/problem+json', ...headers },
  );
/** Before the API: answers the first requests as told, and hands on all that follow. */
async function answering(...answers: RequestListener[]) {
  edge = await scriptedServer((request, response) => {
    const answer = answers.shift();
    if (answer !== undefined) return answer(request, response);
    json(200, { orderId: 'o', status: 'PAGADO' })(request, response);
  });
  return clientOf('ana', { baseUrl: edge.url });
}
const cut: RequestListener = (_request, response) => response.destroy();
const keysSeen = () => edge?.requests.map(({ headers }) => headers['idempotency-key']);
const failure = async (work: Promise<unknown>) =>
  work.then(() => undefined).catch((error) => error);

describe('to place an order', () => {
  it('waits for the payment, and answers with the order and its key', async () => {
    const placed = await clientOf().place(basket(), { wait: 20 });
    expect(placed).toMatchObject({ isReplay: false, order: { status: 'PAGADO' } });
    const again = await clientOf().place(basket(), placed);
    expect(again).toMatchObject({ isReplay: true, orderId: placed.orderId });
  });

  it('that was refused is the same problem when it is looked at later', async () => {
    const refused = await failure(
      clientOf().place(basket({ items: [{ productId: 'P-NONE', quantity: 1 }] }), {
        idempotencyKey: randomUUID(),
      }),
    );
    expect(refused).toMatchObject({ code: 'product_unavailable' });
    const orderId = orderIdFor('ana', (refused as OrdersProblem).idempotencyKey);
    expect(await failure(clientOf().get(orderId))).toMatchObject({ code: 'product_unavailable' });
  });

  it('is repeated with the same key when the answer is lost', async () => {
    const idempotencyKey = randomUUID();
    let isLost = false;
    const losing: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      if (isLost) return response;
      isLost = true;
      throw new TypeError('fetch failed');
    };
    const { orders } = createClient({
      ...{ baseUrl: `http://127.0.0.1:${server.port}`, token: await token(), fetch: losing },
    });
    const placed = await orders.place(basket(), { idempotencyKey });
    expect(placed).toMatchObject({ isReplay: true, idempotencyKey });
    const stored = await stack.db.collection('orders').find({ idempotencyKey }).toArray();
    expect(stored.map(({ uuid }) => uuid)).toEqual([placed.orderId]);
  });

  it('is repeated after 503, 429, an edge without the API, and a cut connection', async () => {
    const orders = await answering(
      problem(503, 'service_unavailable', { 'Retry-After': '0' }),
      problem(429, 'rate_limited', { 'Retry-After': '0' }),
      (_request, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'),
      cut,
    );
    const { idempotencyKey } = await orders.place(basket());
    expect(keysSeen()).toEqual(Array(5).fill(idempotencyKey));
  });

  it.each([
    [422, 'payment_declined'],
    [429, 'too_many_open_orders'],
    [503, 'inventory_unavailable'],
  ])('is not repeated after a refusal: %s %s', async (status, code) => {
    const orders = await answering(problem(status, code));
    const error = await failure(orders.place(basket()));
    expect(error).toBeInstanceOf(OrdersProblem);
    expect(error).toMatchObject({ status, code, idempotencyKey: keysSeen()?.[0] });
    expect(edge?.requests).toHaveLength(1);
  });

  it('is given up when the API asks to wait for too long', async () => {
    const orders = await answering(problem(429, 'rate_limited', { 'Retry-After': '3600' }));
    expect(await failure(orders.place(basket()))).toMatchObject({ code: 'rate_limited' });
    expect(edge?.requests).toHaveLength(1);
  });

  it('ends with an unknown outcome, and the key to ask again with, when nobody answers', async () => {
    await answering(cut, cut);
    const orders = clientOf('ana', { baseUrl: edge?.url, retries: 1 });
    const error = await failure(orders.place(basket()));
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(keysSeen()).toEqual(Array(2).fill((error as OutcomeUnknown).idempotencyKey));
  });

  it('throws what the API refuses, with its extensions', async () => {
    const error = await failure(
      clientOf().place(basket({ items: [{ productId: 'P-1013', quantity: 1 }] })),
    );
    expect(error).toMatchObject({
      ...{ code: 'insufficient_stock', status: 409 },
      document: { lines: [{ productId: 'P-1013' }], requestId: expect.any(String) },
    });
    const wrong = await failure(clientOf().place(basket({ items: [] })));
    expect(wrong).toMatchObject({
      document: { errors: [{ pointer: '#/items', detail: expect.any(String) }] },
    });
  });

  it('can be aborted while it waits to repeat', async () => {
    const abort = new AbortController();
    const orders = await answering(problem(503, 'service_unavailable', { 'Retry-After': '50' }));
    const placing = failure(orders.place(basket(), { signal: abort.signal }));
    await eventually(() => expect(edge?.requests).toHaveLength(1));
    abort.abort(new Error('enough'));
    expect(await placing).toMatchObject({ message: 'enough' });
  });
});

describe('the wait before another attempt', () => {
  it('grows, is spread, and is never shorter than Retry-After', () => {
    const none = () => 0;
    const most = () => 1;
    expect([0, 1, 2, 9].map((attempt) => retryDelay(attempt, null, most))).toEqual([
      500, 1_000, 2_000, 10_000,
    ]);
    expect(retryDelay(3, null, none)).toBe(0);
    expect([retryDelay(0, '7', none), retryDelay(0, '7', most)]).toEqual([7_000, 7_500]);
    expect(retryDelay(0, 'Fri, 01 Jan 2100 00:00:00 GMT', none)).toBeGreaterThan(1e9);
    expect(retryDelay(0, 'soon', none)).toBe(0);
  });
});

describe('orders', () => {
  it('are listed over all pages, newest first', async () => {
    const orders = clientOf('luis');
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await orders.place(basket())).orderId);
    const listed: string[] = [];
    for await (const { orderId } of orders.list({ limit: 2 })) listed.push(orderId);
    expect(listed).toEqual(ids);
    const sizes: number[] = [];
    for await (const page of orders.pages({ limit: 2 })) sizes.push(page.orders.length);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('are looked at and cancelled; a repeated cancellation answers the same', async () => {
    const orders = clientOf();
    const { orderId } = await orders.place(basket(), { wait: 20 });
    const { version } = await orders.get(orderId);
    const stale = await failure(orders.cancel(orderId, { version: version - 1 }));
    expect(stale).toMatchObject({ code: 'precondition_failed' });
    const reason = 'ordered twice';
    for (const options of [{ reason, version }, {}]) {
      const { order } = await orders.cancel(orderId, options);
      expect(order).toMatchObject({ status: 'CANCELADO', cancellation: { reason } });
    }
    const other = await failure(clientOf('luis').get(orderId));
    expect(other).toMatchObject({ code: 'not_found', status: 404 });
  });
});

describe('to follow an order', () => {
  it('goes on where it was when the stream is ended, until the last status', async () => {
    const { orderId } = await clientOf().place(basket(), { wait: 20 });
    const seen: StatusEvent[] = [];
    const following = (async () => {
      for await (const event of clientOf().follow(orderId)) seen.push(event);
    })();
    await eventually(() => expect(seen.map(({ version }) => version)).toEqual([1, 2]));
    const ended = streams;
    streams = new EventStreams();
    ended.endAll();
    await eventually(() => expect(streams.size).toBe(1));
    await ship(stack, orderId);
    await following;
    expect(seen.map(({ status }) => status)).toEqual(['CREADO', 'PAGADO', 'ENVIADO']);
    for await (const event of clientOf().follow(orderId, { after: 3 })) {
      throw new Error(`nothing more happens: ${event.status}`);
    }
  });

  it('resumes with Last-Event-ID after a cut in the middle of an event', async () => {
    const event = (version: number, status: string) =>
      `id: ${version}\r\nevent: status\r\ndata: ${JSON.stringify({ version, status })}\r\n\r\n`;
    const stream = { 'Content-Type': 'text/event-stream' };
    const orders = await answering(
      (_request, response) => {
        response.writeHead(200, stream);
        response.write(`retry: 1\n\n: still here\n\n${event(1, 'CREADO')}id: 2\nda`, () =>
          response.destroy(),
        );
      },
      (_request, response) => {
        response.writeHead(200, stream).end(event(1, 'CREADO') + event(2, 'CANCELADO'));
      },
    );
    const seen: string[] = [];
    for await (const { status } of orders.follow('o')) seen.push(status);
    expect(seen).toEqual(['CREADO', 'CANCELADO']);
    expect(edge?.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1']);
  });

  it('ends when the reader leaves, and is a problem for an order of others', async () => {
    const { orderId } = await clientOf().place(basket());
    await untilStatus(stack, orderId, 'PAGADO');
    for await (const { status } of clientOf().follow(orderId)) if (status === 'PAGADO') break;
    await eventually(() => expect(streams.size).toBe(0));
    const other = await failure(clientOf('luis').follow(orderId).next());
    expect(other).toMatchObject({ code: 'not_found' });
  });
});
