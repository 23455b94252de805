import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { begin, placedAtLast, shippedAtLast } from '../support/orders/concurrent-orders.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { untilStatus } from '../support/orders/orders.ts';
import {
  type OwnServer,
  type OwnServers,
  startOwnServers,
} from '../support/servers/own-servers.ts';
import { repairAll } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

const BOUND_MS = 180_000;

let own: OwnServers;
let stack: Stack;
beforeAll(async () => {
  own = await startOwnServers();
  stack = await startStack({ retryMs: BOUND_MS }, { servers: own.servers });
}, BOUND_MS);
afterAll(async () => {
  await stack?.stop();
  await own?.stop();
}, BOUND_MS);
afterEach(() => repairAll(stack));

/** How a server goes away, and comes back. */
interface Outage {
  begin(name: OwnServer): Promise<void>;
  end(name: OwnServer): Promise<void>;
}

const outages: Record<string, Outage> = {
  frozen: { begin: async (name) => own.freeze(name), end: async (name) => own.thaw(name) },
  killed: { begin: (name) => own.kill(name), end: (name) => own.start(name) },
  stopped: { begin: (name) => own.shutDown(name), end: (name) => own.start(name) },
};

/** Orders are on their way, and more come meanwhile; all of them have to end as they should. */
async function expectToEndWell(
  name: OwnServer,
  outage: Outage,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const before = await begin(stack, 2);
  await Promise.any(before);
  await outage.begin(name);
  let during: Promise<string>[];
  try {
    during = await begin(stack, 1);
    await meanwhile();
  } finally {
    await outage.end(name);
  }
  for (const orderId of await Promise.all([...before, ...during])) {
    await expectInvariants(stack, orderId);
  }
}

async function expectUnavailable(): Promise<void> {
  const read = await request(stack, '/api/orders/7d9f1f0e-9c1b-5f5e-8c55-0d8d1f0f7a11');
  expect([read.status, await read.json()]).toMatchObject([503, { code: 'service_unavailable' }]);
  expect(read.headers.get('Retry-After')).toBe('2');
}

const kinds = Object.entries(outages);

describe('while RabbitMQ is away', () => {
  it.each(kinds)(
    '(%s) orders are paid and shipped, and their events come later, in version order',
    (_how, outage) =>
      expectToEndWell('rabbitmq', outage, async () => {
        const orderId = await placedAtLast(stack);
        await shippedAtLast(stack, orderId);
        expect(await stack.events.of(orderId)).toEqual([]);
      }),
    BOUND_MS,
  );
});

describe('while Redis is away', () => {
  it.each(kinds)(
    '(%s) orders are placed and paid as ever',
    (_how, outage) =>
      expectToEndWell('redis', outage, async () => {
        await untilStatus(stack, await placedAtLast(stack), 'PAGADO');
      }),
    BOUND_MS,
  );
});

describe('while MongoDB is away', () => {
  it.each(kinds)(
    '(%s) reads are answered with 503, and orders wait and go on',
    (_how, outage) =>
      expectToEndWell('mongodb', outage, async () => {
        // Several: the driver has more than one way to say that it lost its connections.
        await Promise.all(Array.from({ length: 10 }, expectUnavailable));
      }),
    BOUND_MS,
  );

  it(
    '(without a primary) orders wait for the next one and go on',
    async () => {
      const admin = stack.db.admin();
      const isPrimary = async () => (await admin.command({ hello: 1 })).isWritablePrimary;
      const stepDown = {
        begin: async () => void (await admin.command({ replSetStepDown: 3, force: true })),
        end: () => eventually(async () => expect(await isPrimary()).toBe(true)),
      };
      await expectToEndWell('mongodb', stepDown, async () => {
        expect(await isPrimary()).toBe(false);
      });
    },
    BOUND_MS,
  );
});
