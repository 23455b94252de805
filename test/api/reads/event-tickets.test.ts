import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { createApp } from '../../../src/api/app.ts';
import { EventStreams } from '../../../src/api/streams/event-streams.ts';
import { listen } from '../../../src/platform/http-server.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { follow } from '../../support/api/follow.ts';
import { expectProblem } from '../../support/api/problems.ts';
import { request, ship } from '../../support/api/requests.ts';
import { token } from '../../support/api/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { paid } from '../../support/orders/orders.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const lines: string[] = [];
const log = createLogger('api', 'debug', { write: (line) => void lines.push(line) });

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({}, { log });
});
afterAll(() => stack?.stop());
beforeEach(() => {
  lines.length = 0;
});

type Api = Pick<Stack, 'app'>;

const path = (orderId: string) => `/api/orders/${orderId}/events`;
const ask = (orderId: string, options = {}, api: Api = stack) =>
  request(api, `${path(orderId)}/ticket`, { method: 'POST', ...options });
const issue = async (orderId: string, options = {}, api: Api = stack) => {
  const response = await ask(orderId, options, api);
  expect([response.status, response.headers.get('Cache-Control')]).toEqual([201, 'no-store']);
  return (await response.json()) as { ticket: string; expiresAt: string };
};
/** Without a token. */
const open = (orderId: string, ticket: string, init: RequestInit = {}, api: Api = stack) =>
  api.app.request(`${path(orderId)}?ticket=${ticket}`, init);

describe('a ticket', () => {
  it('opens the events of its order for EventSource, which comes again with it', async () => {
    const streams = new EventStreams();
    const app = createApp({ ...stack.deps, streams });
    const server = await listen(app.fetch, { port: 0, host: '127.0.0.1' });
    const orderId = await paid(stack);
    const { ticket } = await issue(orderId);
    const source = new EventSource(
      `http://127.0.0.1:${server.port}${path(orderId)}?ticket=${ticket}`,
    );
    const seen: string[] = [];
    source.addEventListener('status', ({ data }) => seen.push(JSON.parse(data).status));
    try {
      await eventually(() => expect(seen).toEqual(['CREADO', 'PAGADO']));
      await ship(stack, orderId);
      await eventually(() => expect(seen).toEqual(['CREADO', 'PAGADO', 'ENVIADO']));
      // It reconnects after the end, and 204 tells it to stop.
      await eventually(() => expect(source.readyState).toBe(EventSource.CLOSED));
    } finally {
      source.close();
      await server.stop();
    }
  });

  it('is for those who see the order', async () => {
    const orderId = await paid(stack);
    await expectProblem(await ask(orderId, { sub: 'luis' }), 404, 'not_found');
    await expectProblem(await ask(randomUUID()), 404, 'not_found');
    await expectProblem(
      await stack.app.request(`${path(orderId)}/ticket`, { method: 'POST' }),
      401,
      'unauthorized',
    );
    const { ticket } = await issue(orderId, { sub: 'boss', role: 'admin' });
    const stream = follow(await open(orderId, ticket));
    await eventually(() => expect(stream.ids()).toEqual(['1', '2']));
    await stream.cancel();
  });

  it('is of one order', async () => {
    const [mine, other] = [await paid(stack), await paid(stack)];
    const { ticket } = await issue(mine);
    await expectProblem(await open(other, ticket), 401, 'unauthorized');
    const stream = await open(mine.toUpperCase(), ticket);
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
  });

  it('opens no other route, and is no token', async () => {
    const orderId = await paid(stack);
    const { ticket } = await issue(orderId);
    const order = `/api/orders/${orderId}`;
    for (const [method, url] of [
      ['GET', order],
      ['GET', `${order}/history`],
      ['GET', '/api/orders'],
      ['POST', `${order}/cancel`],
      ['POST', `${order}/events/ticket`],
      ['POST', `${order}/events`],
    ] as const) {
      const answer = await stack.app.request(`${url}?ticket=${ticket}`, { method });
      await expectProblem(answer, 401, 'unauthorized');
    }
    const headers = { Authorization: `Bearer ${ticket}` };
    await expectProblem(await stack.app.request(path(orderId), { headers }), 401, 'unauthorized');
    expect(await (await request(stack, order)).json()).toMatchObject({ status: 'PAGADO' });
  });

  it.each(['', 'x', 'A'.repeat(43), '../..', '%00'])(
    'that nobody gave is none: %j',
    async (text) => {
      const answer = await open(await paid(stack), text);
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
      await expectProblem(answer, 401, 'unauthorized');
    },
  );

  it('does not help whoever brings a token that is not valid', async () => {
    const orderId = await paid(stack);
    const { ticket } = await issue(orderId);
    const headers = { Authorization: `Bearer ${await token({ audience: 'another' })}` };
    await expectProblem(await open(orderId, ticket, { headers }), 401, 'unauthorized');
  });

  it('is good for a minute', async () => {
    const orderId = await paid(stack);
    const { expiresAt } = await issue(orderId);
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeLessThanOrEqual(60_000);
    expect(left).toBeGreaterThan(0);
  });

  it('ends with the token that it was asked for with', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 20;
    const orderId = await paid(stack);
    const answer = await stack.app.request(`${path(orderId)}/ticket`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await token({ expiresAt })}` },
    });
    const ticket = (await answer.json()) as { expiresAt: string };
    expect(Date.parse(ticket.expiresAt)).toBeLessThanOrEqual(expiresAt * 1000 + 1_000);
  });

  it.each([
    ['in Redis', () => stack.deps.redis],
    ['in each process without it', () => undefined],
  ])('expires, but not the stream that it opened: %s', async (_where, redis) => {
    const app = createApp({ ...stack.deps, redis: redis(), ticketSeconds: 1 });
    const orderId = await paid(stack);
    const { ticket } = await issue(orderId, {}, { app });
    const stream = follow(await open(orderId, ticket, {}, { app }));
    await eventually(async () => {
      expect((await open(orderId, ticket, { method: 'HEAD' }, { app })).status).toBe(401);
    });
    await ship(stack, orderId);
    await stream.ended;
    expect(stream.ids()).toEqual(['1', '2', '3']);
  });

  it('counts in the budget of its user', async () => {
    const config = { ...stack.deps.config, RATE_LIMIT_USER_PER_MINUTE: 3 };
    const app = createApp({ ...stack.deps, config, redis: undefined });
    const orderId = await paid(stack);
    const { ticket } = await issue(orderId, {}, { app });
    const head = () => open(orderId, ticket, { method: 'HEAD' }, { app });
    expect([(await head()).status, (await head()).status, (await head()).status]).toEqual([
      200, 200, 429,
    ]);
  });

  it('is never in the log, and its user by a hash only', async () => {
    const orderId = await paid(stack);
    lines.length = 0;
    const { ticket } = await issue(orderId);
    await (await open(orderId, ticket)).body?.cancel();
    await open(orderId, `${ticket.slice(1)}x`);
    const text = lines.join('\n');
    expect(text).toContain('/api/orders/:id/events');
    for (const secret of [ticket, ticket.slice(1), '"ana"']) expect(text).not.toContain(secret);
  });
});
