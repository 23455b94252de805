import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { outcome, placed, untilStatus } from './support/orders.ts';
import { type OwnServers, startOwnServers } from './support/own-servers.ts';
import { request, ship } from './support/requests.ts';
import { fault, fired, ledger, repairAll } from './support/services.ts';
import { type Stack, startStack } from './support/stack.ts';

let own: OwnServers;
let stack: Stack;
beforeAll(async () => {
  own = await startOwnServers();
  stack = await startStack({ patientMs: 120_000 }, { servers: own.servers });
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  await own?.stop();
}, 60_000);
afterEach(async () => {
  for (const name of ['mongodb', 'redis', 'rabbitmq'] as const) own.thaw(name);
  await repairAll(stack);
});

const types = (entries: { type: string }[]) => entries.map(({ type }) => type);
const BOUND_MS = 60_000;

describe('while RabbitMQ does not answer', () => {
  it(
    'an order is paid and shipped, and its events come later, in version order',
    async () => {
      own.freeze('rabbitmq');
      const { orderId } = await placed(stack);
      await untilStatus(stack, orderId, 'PAGADO');
      expect((await ship(stack, orderId)).status).toBe(200);
      own.thaw('rabbitmq');
      expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
      await eventually(async () => {
        const ids = (await stack.events.of(orderId)).map(({ id }) => id);
        // An event may come twice, with its own id: what counts is when each came first.
        expect([...new Set(ids)]).toEqual([
          `${orderId}:1:order.created`,
          `${orderId}:2:order.paid`,
          `${orderId}:2:order.status_changed`,
          `${orderId}:3:order.status_changed`,
        ]);
      });
    },
    BOUND_MS,
  );
});

describe('while Redis does not answer', () => {
  it(
    'orders are placed and paid as ever',
    async () => {
      own.freeze('redis');
      const { orderId } = await placed(stack);
      await untilStatus(stack, orderId, 'PAGADO');
    },
    BOUND_MS,
  );
});

describe('while MongoDB does not answer', () => {
  it(
    'reads are answered with 503, and an order waits and goes on',
    async () => {
      await fault(stack, 'payments', {
        route: 'POST /api/payments',
        kind: 'latency',
        latencyMs: 700,
      });
      const { orderId } = await placed(stack);
      await eventually(async () => expect(await fired(stack, 'payments')).toBe(1));
      own.freeze('mongodb');
      const read = await request(stack, `/api/orders/${orderId}`);
      expect([read.status, await read.json()]).toMatchObject([
        503,
        { code: 'service_unavailable' },
      ]);
      expect(read.headers.get('Retry-After')).toBe('2');
      own.thaw('mongodb');
      await eventually(() => untilStatus(stack, orderId, 'PAGADO'), 30_000);
      expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
      expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
    },
    BOUND_MS,
  );
});
