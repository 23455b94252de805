import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../../dev/processes/ports.ts';
import { anotherApi } from '../support/api/app.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, placeOrder, request, ship } from '../support/api/requests.ts';
import { documents, placed, untilStatus } from '../support/orders/orders.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let silent: Server;
const sockets = new Set<Socket>();
beforeAll(async () => {
  stack = await startStack();
  silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silent?.close();
  await stack?.stop();
});

const admin = { sub: 'olga', role: 'admin' };

describe.each([
  ['down', async () => (await freePort()).port],
  [
    'frozen: it takes connections and answers nothing',
    async () => (silent.address() as AddressInfo).port,
  ],
])('while Temporal is %s', (_name, portOf) => {
  it('writes are answered with 503 within the deadline, and reads work', async () => {
    const key = { 'Idempotency-Key': `before-${await portOf()}` };
    const first = await request(stack, '/api/orders', {
      method: 'POST',
      body: orderBody(),
      headers: key,
    });
    const { orderId } = (await first.json()) as { orderId: string };
    await untilStatus(stack, orderId, 'PAGADO');
    const connection = Connection.lazy({ address: `127.0.0.1:${await portOf()}` });
    const client = new Client({ connection });
    const { app } = anotherApi(stack, { deadlineMs: 1_000, client });
    const post = (path: string, headers = {}, who = {}) =>
      request({ app }, path, { method: 'POST', headers, ...who });
    try {
      const place = (headers: Record<string, string>) =>
        request({ app }, '/api/orders', { method: 'POST', body: orderBody(), headers });
      for (const write of [
        placeOrder({ app }),
        place({ 'Idempotency-Key': 'a-new-one' }),
        place({ Prefer: 'respond-async' }),
        place({ Prefer: 'wait=20' }),
        ship({ app }, orderId),
        post(`/api/orders/${orderId}/cancel`),
        post(`/api/admin/orders/${orderId}/retry`, {}, admin),
        post('/api/admin/orders/stuck/retry', {}, admin),
        request({ app }, '/api/admin/orders/stuck', admin),
      ]) {
        const response = await write;
        await expectProblem(response, 503, 'service_unavailable');
        expect(response.headers.get('Retry-After')).toBe('2');
      }
      for (const path of ['', '/history', '/payments']) {
        const read = await request({ app }, `/api/orders/${orderId}${path}`);
        expect([path, read.status, await read.json()]).toMatchObject([path, 200, { orderId }]);
      }
      const list = await request({ app }, '/api/orders?limit=1');
      expect([list.status, await list.json()]).toMatchObject([200, { orders: [{}] }]);
      const replayed = await place(key);
      expect([replayed.status, await replayed.json()]).toMatchObject([201, { orderId }]);
      expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'PAGADO' } });
    } finally {
      await connection.close();
    }
  });
});

describe('while no worker runs', () => {
  it('an order is taken, and a change that nobody takes is answered with 503', async () => {
    const idle = await startStack({}, { worker: false, deadlineMs: 1_500 });
    try {
      const response = await placeOrder(idle);
      const { orderId } = (await response.json()) as { orderId: string };
      expect([response.status, response.headers.get('Location')]).toEqual([
        202,
        `/api/orders/${orderId}`,
      ]);
      expect((await request(idle, `/api/orders/${orderId}`)).status).toBe(404);

      const recorded = await placed(stack);
      await untilStatus(stack, recorded.orderId, 'PAGADO');
      const { order } = await documents(stack, recorded.orderId);
      await idle.db.collection('orders').insertOne({ ...order, uuid: orderId });
      const cancel = await request(idle, `/api/orders/${orderId}/cancel`, { method: 'POST' });
      await expectProblem(cancel, 503, 'service_unavailable');
      expect(cancel.headers.get('Retry-After')).toBe('2');
    } finally {
      await idle.stop();
    }
  });
});
