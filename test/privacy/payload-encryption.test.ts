import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Redis } from 'ioredis';
import { register } from 'prom-client';
import { Connection } from 'rabbitmq-client';
import { freePort } from '../../dev/processes/ports.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { address, orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, seen, untilStuck } from '../support/operators/operators.ts';
import { documents, outcome, untilStatus } from '../support/orders/orders.ts';
import { type OutsideProcess, startOutside } from '../support/programs/outside.ts';
import { testServers } from '../support/servers/servers.ts';
import { fault } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

const payloadKeys = `now:${randomBytes(32).toString('hex')}`;
const CHARGE = 'POST /api/payments';
const OLGA = { sub: 'olga', role: 'admin' };

/** A text that is found wherever it gets to. */
const planted: string[] = [];
function canary(name: string): string {
  const text = `canary-${name}-${randomUUID().slice(0, 13)}`;
  planted.push(text);
  return text;
}
const place = () => ({ ...address, street: canary('street'), city: canary('city') });

let logs = '';
let envelopes = '';
let stopListening: (() => Promise<void>) | undefined;
let stack: Stack;
let worker: OutsideProcess;
beforeAll(async () => {
  const log = createLogger('api', 'trace', { write: (line) => (logs += line) });
  stack = await startStack({}, { payloadKeys, log, worker: false });
  stopListening = await listenToEnvelopes();
  const { port } = await freePort();
  const env = { ...stack.workerEnv, HEALTH_PORT: `${port}`, LOG_LEVEL: 'trace' };
  worker = await startOutside('src/worker.ts', env, `http://127.0.0.1:${port}/readyz`);
});
afterAll(async () => {
  await worker?.stop();
  await stopListening?.();
  await stack?.stop();
});

async function placed(overrides: Record<string, unknown> = {}): Promise<string> {
  const body = orderBody({
    shippingAddress: place(),
    billingAddress: place(),
    metadata: { gift: canary('metadata') },
    ...overrides,
  });
  const headers = { 'Idempotency-Key': canary('key') };
  const response = await request(stack, '/api/orders', { method: 'POST', body, headers });
  const { orderId } = (await response.json()) as { orderId: string };
  return orderId;
}

/** All that people and programs may write, in orders that end in different ways. */
async function ordersOfAllKinds(): Promise<string[]> {
  const repair = await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
  const stuck = await placed({ paymentToken: canary('token') });
  await untilStuck(stack, stuck, 'chargePayment');
  await repair();
  await change(`/api/admin/orders/${stuck}/retry`, { note: canary('note') });
  await untilStatus(stack, stuck, 'PAGADO');
  await ship(stack, stuck);
  await outcome(stack, stuck);

  const cancelled = await placed();
  await untilStatus(stack, cancelled, 'PAGADO');
  await change(`/api/orders/${cancelled}/cancel`, { reason: canary('reason') });
  await outcome(stack, cancelled);

  const transfer = await placed({ paymentMethod: 'bank_transfer' });
  const confirmed = { transactionId: `tx-${transfer}`, note: canary('note') };
  await eventually(async () => {
    const answer = await change(`/api/admin/orders/${transfer}/confirm-payment`, confirmed);
    expect(answer.status).toBe(200);
  });
  const refused = await placed({ items: [{ productId: 'P-404', quantity: 1 }] });
  return [stuck, cancelled, transfer, ...(refused ? [refused] : [])];
}

async function change(path: string, body: unknown) {
  return request(stack, path, { method: 'POST', body, ...OLGA });
}

function expectNone(text: string, where: string): void {
  for (const one of planted) {
    // Not toContain: its message would be the whole text.
    if (text.includes(one)) throw new Error(`${one} is in ${where}`);
  }
}

/** Part by part: all test files share the server, and its database grows. */
async function expectNoneIn(file: string): Promise<void> {
  const longest = Math.max(...planted.map(({ length }) => length));
  let before = '';
  for await (const part of createReadStream(file, { encoding: 'latin1', highWaterMark: 2 ** 20 })) {
    const text = before + part;
    expectNone(text, file);
    before = text.slice(-longest);
  }
}

describe('what customers and operators write', () => {
  it('is in MongoDB, and readable nowhere else', async () => {
    const orderIds = await ordersOfAllKinds();
    const [first = ''] = orderIds;
    const { order } = await documents(stack, first);
    expect(JSON.stringify(order)).toContain('canary-street-');

    for (const orderId of orderIds) {
      const history = await handleOf(stack, orderId).fetchHistory();
      const json = historyToJSON(history);
      expect(json).toContain(Buffer.from('binary/encrypted').toString('base64'));
      expectNone(json, 'a history');
      expectNone(decodedParts(json), 'a history, in base64');
    }
    const { dataDir } = testServers();
    for (const file of await filesOf(join(dataDir, 'temporal'))) {
      await expectNoneIn(file);
    }
    expectNone(logs + worker.output(), 'the logs');
    expect(worker.output()).toContain(first);
    expectNone(await register.metrics(), 'the metrics');
    if (stopListening !== undefined) expect(envelopes).toContain(first);
    expectNone(envelopes, 'the headers of a message');
    expectNone(await redisContents(), 'Redis');
  });

  it('is readable for the programs of the shop, with what else operators read', async () => {
    const repair = await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    const orderId = await placed();
    await untilStuck(stack, orderId, 'chargePayment');
    const { details } = await seen(stack, orderId);
    expect(details).toContain('chargePayment');
    const { raw } = await handleOf(stack, orderId).describe();
    const [pending] = raw.pendingActivities ?? [];
    expect(pending?.lastFailure?.message).toBe('Encoded failure');
    await repair();
    await change(`/api/admin/orders/${orderId}/retry`, {});
    await untilStatus(stack, orderId, 'PAGADO');
  });
});

/** Payloads are base64 in JSON: each of them as it is. */
function decodedParts(json: string): string {
  const parts = json.match(/[A-Za-z0-9+/=]{16,}/g) ?? [];
  return parts.map((part) => Buffer.from(part, 'base64').toString('latin1')).join('\n');
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files).not.toEqual([]);
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** All of each message but its body: a reason of a cancellation is in an event's data. */
async function listenToEnvelopes(): Promise<(() => Promise<void>) | undefined> {
  const { rabbitmqUrl } = testServers();
  if (rabbitmqUrl === undefined) return undefined;
  const connection = new Connection(rabbitmqUrl);
  const consumer = connection.createConsumer(
    {
      queue: `test-${randomUUID()}`,
      queueOptions: { exclusive: true },
      exchanges: [{ exchange: 'orders', type: 'topic', durable: true }],
      queueBindings: [{ exchange: 'orders', routingKey: 'order.#' }],
    },
    async ({ body, ...envelope }) => {
      envelopes += JSON.stringify(envelope);
    },
  );
  await new Promise((resolve) => consumer.once('ready', () => resolve(undefined)));
  return async () => {
    await consumer.close();
    await connection.close();
  };
}

async function redisContents(): Promise<string> {
  const { redisUrl } = testServers();
  if (redisUrl === undefined) return '';
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.keys('*');
    const values = await Promise.all(keys.map((key) => redis.dump(key)));
    return [...keys, ...values].join('\n');
  } finally {
    redis.disconnect();
  }
}
