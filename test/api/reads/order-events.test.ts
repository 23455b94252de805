import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../src/api/app.ts';
import { EventStreams } from '../../../src/api/streams/event-streams.ts';
import { follow } from '../../support/api/follow.ts';
import { request, ship } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { paid } from '../../support/orders/orders.ts';
import { type OwnServers, startOwnServers } from '../../support/servers/own-servers.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let own: OwnServers;
let stack: Stack;
beforeAll(async () => {
  own = await startOwnServers();
  stack = await startStack({ retryMs: 120_000 }, { servers: own.servers });
}, 60_000);
afterAll(async () => {
  own?.thaw('mongodb');
  await stack?.stop();
  await own?.stop();
}, 60_000);

const path = (orderId: string) => `/api/orders/${orderId}/events`;
const events = (orderId: string, options = {}) => request(stack, path(orderId), options);
/** The change streams that are open on this stack's database, as MongoDB sees them. */
const changeStreams = async () => {
  const { client, databaseName } = stack.db;
  const operations = await client
    .db('admin')
    .aggregate([{ $currentOp: { allUsers: true, idleCursors: true } }])
    .toArray();
  return operations.filter(({ ns, cursor }) => {
    return ns === `${databaseName}.orders` && cursor?.tailable === true;
  }).length;
};

describe('the events of an order', () => {
  it('tell each status, from the first, and end when it is final', async () => {
    const orderId = await paid(stack);
    const stream = follow(await events(orderId));
    await eventually(() => expect(stream.ids()).toEqual(['1', '2']));
    await ship(stack, orderId);
    await stream.ended;
    expect(stream.events).toMatchObject([
      { id: '1', event: 'status', data: { orderId, status: 'CREADO', version: 1 } },
      { id: '2', event: 'status', data: { orderId, status: 'PAGADO', version: 2 } },
      { id: '3', event: 'status', data: { orderId, status: 'ENVIADO', version: 3 } },
    ]);
    expect(stream.text()).toMatch(/^retry: \d{4}\n\n/);
  });

  it('go on after the one that Last-Event-ID names', async () => {
    const orderId = await paid(stack);
    const headers = { 'Last-Event-ID': '1' };
    const stream = follow(await events(orderId, { headers }));
    await ship(stack, orderId);
    await stream.ended;
    expect(stream.ids()).toEqual(['2', '3']);
  });

  it('are over for one who has seen the last of them: 204 ends the coming again', async () => {
    const orderId = await paid(stack);
    await ship(stack, orderId);
    const response = await events(orderId, { headers: { 'Last-Event-ID': '3' } });
    expect(response.status).toBe(204);
    const late = follow(await events(orderId, { headers: { 'Last-Event-ID': '2' } }));
    await late.ended;
    expect(late.ids()).toEqual(['3']);
  });

  it('are never ahead of the order itself', async () => {
    const orderId = await paid(stack);
    const stream = follow(await events(orderId), async ({ data }) => {
      const seen = await request(stack, `/api/orders/${orderId}`);
      expect(((await seen.json()) as { version: number }).version).toBeGreaterThanOrEqual(
        data.version,
      );
    });
    await ship(stack, orderId);
    await stream.ended;
    expect(stream.ids()).toEqual(['1', '2', '3']);
  });

  it('are for its owner and for admins; for others it does not exist', async () => {
    const orderId = await paid(stack);
    expect((await events(orderId, { sub: 'luis' })).status).toBe(404);
    expect((await events(randomUUID())).status).toBe(404);
    const admin = follow(await events(orderId, { sub: 'boss', role: 'admin' }));
    await eventually(() => expect(admin.ids()).toEqual(['1', '2']));
    await admin.cancel();
  });

  it('refuse a Last-Event-ID that is none', async () => {
    const response = await events(await paid(stack), { headers: { 'Last-Event-ID': 'x' } });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'validation_failed' },
    ]);
  });
});

describe('one change stream', () => {
  it('serves 200 listeners, each of whom gets everything, and is closed after the last', async () => {
    await eventually(async () => expect(await changeStreams()).toBe(0));
    const orders = await Promise.all(Array.from({ length: 4 }, () => paid(stack)));
    const streams: ReturnType<typeof follow>[] = [];
    for (const id of orders) {
      for (let batch = 0; batch < 5; batch += 1) {
        const ten = await Promise.all(Array.from({ length: 10 }, () => events(id)));
        streams.push(...ten.map((response) => follow(response)));
      }
    }
    await eventually(async () => expect(await changeStreams()).toBe(1));
    await Promise.all(orders.map((id) => ship(stack, id)));
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) expect(stream.ids()).toEqual(['1', '2', '3']);
    expect(stack.deps.streams.size).toBe(0);
    await eventually(async () => expect(await changeStreams()).toBe(0));
  });

  it('is closed when the last listener leaves by itself', async () => {
    const stream = follow(await events(await paid(stack)));
    await eventually(async () => expect(await changeStreams()).toBe(1));
    await stream.cancel();
    await eventually(async () => expect(await changeStreams()).toBe(0));
  });

  it('goes on where it was after MongoDB did not answer for a while', async () => {
    const orderId = await paid(stack);
    const stream = follow(await events(orderId));
    await eventually(() => expect(stream.ids()).toEqual(['1', '2']));
    own.freeze('mongodb');
    await eventually(async () => {
      expect((await request(stack, `/api/orders/${orderId}`)).status).toBe(503);
    });
    own.thaw('mongodb');
    await eventually(async () => expect((await ship(stack, orderId)).status).toBe(200));
    await stream.ended;
    expect(stream.ids()).toEqual(['1', '2', '3']);
  });
});

describe('a listener', () => {
  const withStreams = (streams: EventStreams) => createApp({ ...stack.deps, streams });

  it('is told that the stream is alive while nothing happens', async () => {
    const app = withStreams(new EventStreams({ heartbeatMs: 20 }));
    const stream = follow(await request({ app }, path(await paid(stack))));
    await eventually(() => expect(stream.text().match(/^:/gm)?.length).toBeGreaterThan(2));
    await stream.cancel();
  });

  it('that does not read is cut off, and the others get everything', async () => {
    const streams = new EventStreams({ heartbeatMs: 5 });
    const app = withStreams(streams);
    const orderId = await paid(stack);
    const slow = await request({ app }, path(orderId));
    const good = follow(await request({ app }, path(orderId)));
    await eventually(() => expect(streams.size).toBe(1));
    await ship(stack, orderId);
    await good.ended;
    expect(good.ids()).toEqual(['1', '2', '3']);
    await expect(slow.text()).rejects.toThrow('does not read');
  });

  it('has to reconnect when its token has expired', async () => {
    const streams = new EventStreams({ heartbeatMs: 20 });
    let left = false;
    const onEnd = () => {
      left = true;
    };
    const stream = streams.open({ userId: 'ana', expiresAt: Date.now() / 1000 - 1, onEnd });
    await new Response(stream.body).text();
    expect(left).toBe(true);
  });

  it('is sent away when the API stops, and so is one who comes then', async () => {
    const streams = new EventStreams();
    const app = withStreams(streams);
    const orderId = await paid(stack);
    const stream = follow(await request({ app }, path(orderId)));
    await eventually(() => expect(stream.ids()).toEqual(['1', '2']));
    streams.endAll();
    await stream.ended;
    await follow(await request({ app }, path(orderId))).ended;
    expect(streams.size).toBe(0);
    // It reconnects, to another process: nothing is lost.
    const headers = { 'Last-Event-ID': '2' };
    const again = follow(await events(orderId, { headers }));
    await ship(stack, orderId);
    await again.ended;
    expect(again.ids()).toEqual(['3']);
  });

  it('who only asks for the headers leaves nothing open', async () => {
    const streams = new EventStreams();
    const app = withStreams(streams);
    const orderId = await paid(stack);
    const head = await request({ app }, path(orderId), { method: 'HEAD' });
    expect([head.status, head.headers.get('Content-Type')]).toEqual([200, 'text/event-stream']);
    expect(streams.size).toBe(0);
    expect((await request({ app }, path(randomUUID()), { method: 'HEAD' })).status).toBe(404);
  });

  it('has so many streams at once, and a process so many in all; then it is 429', async () => {
    const streams = new EventStreams({ ofUser: 2, inAll: 3 });
    const app = withStreams(streams);
    const orderId = await paid(stack);
    const open = (sub = 'ana', role = 'user') => request({ app }, path(orderId), { sub, role });
    const first = await open();
    const second = await open();
    const refused = await open();
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '10']);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    const third = await open('olga', 'admin');
    expect([third.status, (await open('otto', 'admin')).status]).toEqual([200, 429]);
    await first.body?.cancel();
    await eventually(async () => expect(streams.size).toBe(2));
    const fourth = await open();
    expect(fourth.status).toBe(200);
    for (const response of [second, third, fourth]) await response.body?.cancel();
    await eventually(async () => expect(streams.size).toBe(0));
  });
});
