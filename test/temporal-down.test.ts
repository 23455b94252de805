import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../dev/processes/ports.ts';
import { createApp } from '../src/api/app.ts';
import { OrderWorkflows } from '../src/api/order-workflows.ts';
import { placed, untilStatus } from './support/orders.ts';
import { placeOrder, request, ship } from './support/requests.ts';
import { type Stack, startStack } from './support/stack.ts';

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

describe.each([
  ['down', async () => (await freePort()).port],
  [
    'frozen: it takes connections and answers nothing',
    async () => (silent.address() as AddressInfo).port,
  ],
])('while Temporal is %s', (_name, portOf) => {
  it('writes are answered with 503 within the deadline, and reads work', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const connection = Connection.lazy({ address: `127.0.0.1:${await portOf()}` });
    const client = new Client({ connection });
    const app = createApp({
      ...stack.deps,
      workflows: new OrderWorkflows({ client, taskQueue: stack.taskQueue, deadlineMs: 1_000 }),
    });
    try {
      for (const write of [placeOrder({ app }), ship({ app }, orderId)]) {
        const response = await write;
        expect([response.status, await response.json()]).toMatchObject([
          503,
          { code: 'service_unavailable' },
        ]);
        expect(response.headers.get('Retry-After')).toBe('2');
      }
      const read = await request({ app }, `/api/orders/${orderId}`);
      expect([read.status, await read.json()]).toMatchObject([200, { status: 'PAGADO' }]);
    } finally {
      await connection.close();
    }
  });
});
