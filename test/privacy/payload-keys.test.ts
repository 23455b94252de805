import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { createDataConverter } from '../../src/payloads/data-converter.ts';
import { DataKeys } from '../../src/payloads/data-keys.ts';
import { MasterKeys } from '../../src/payloads/master-keys.ts';
import { connectStore } from '../../src/store/connection.ts';
import { DataKeyStore } from '../../src/store/data-key-store.ts';
import { startWorker } from '../../src/worker.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, signal } from '../support/operators/operators.ts';
import { outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';
import { ledger, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('hex')}`;
const [first, second] = [newKey('first'), newKey('second')];

let own: OwnServers;
let stack: Stack;
let database: Awaited<ReturnType<typeof connectStore>>;
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
beforeAll(async () => {
  own = await startOwnServers(['mongodb']);
  stack = await startStack({}, { worker: false, payloadKeys: first, servers: own.servers });
  database = await connectStore(stack.workerEnv.MONGODB_URI);
}, 120_000);
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});
afterAll(async () => {
  own?.thaw('mongodb');
  await database?.close();
  await stack?.stop();
  await own?.stop();
});

const configWith = (env: Record<string, string | undefined>) =>
  loadWorkerConfig({ ...stack.workerEnv, ...env });

async function work(env: Record<string, string | undefined> = {}): Promise<void> {
  await worker?.stop();
  worker = await startWorker(configWith(env));
}

/** The address in an order's input, as a program with these keys reads it. */
async function streetOf(orderId: string, keys: string): Promise<unknown> {
  const dataConverter = createDataConverter(configWith({ TEMPORAL_PAYLOAD_KEYS: keys }), database);
  const [codec] = dataConverter.payloadCodecs ?? [];
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const [payload] = (await codec?.decode(input)) ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString()).shippingAddress?.street;
}

async function masterKeyOf(orderId: string): Promise<unknown> {
  const keys = stack.db.collection<{ _id: string; masterKeyId: string }>('datakeys');
  return (await keys.findOne({ _id: orderId }))?.masterKeyId;
}

describe('the keys of payloads', () => {
  it('are changed while orders are open', async () => {
    await work();
    const before = (await placed(stack)).orderId;
    await untilStatus(stack, before, 'PAGADO');
    expect(await masterKeyOf(before)).toBe('first');

    await work({ TEMPORAL_PAYLOAD_KEYS: `${second},${first}` });
    await signal(stack, before, 'markShipped', { by: 'olga' });
    expect(await outcome(stack, before)).toEqual({ status: 'ENVIADO' });
    await expect(streetOf(before, second)).rejects.toThrow(
      'TEMPORAL_PAYLOAD_KEYS has no key "first"',
    );

    const keys = configWith({ TEMPORAL_PAYLOAD_KEYS: `${second},${first}` }).TEMPORAL_PAYLOAD_KEYS;
    const store = new DataKeyStore(database);
    const rewrapped = await new DataKeys(store, new MasterKeys(keys ?? new Map())).rewrap();
    expect(rewrapped).toBeGreaterThanOrEqual(1);
    expect(await masterKeyOf(before)).toBe('second');
    expect(await streetOf(before, second)).toBe('Calle Mayor 1');
  });

  it('are introduced and given up without a pause: switched off, they still read', async () => {
    await work();
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await work({ TEMPORAL_PAYLOAD_ENCRYPTION: 'off' });
    const plain = new Client({ connection: stack.client.connection });
    await plain.workflow.getHandle(orderWorkflowId(orderId)).signal('markShipped', { by: 'olga' });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
  });

  it('may be missing: the order is stuck, says why, and goes on when they are there', async () => {
    await work();
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const others = newKey('others');
    await work({ TEMPORAL_PAYLOAD_KEYS: others });
    await signal(stack, orderId, 'markShipped', { by: 'olga' });
    await eventually(async () => {
      const { events = [] } = await handleOf(stack, orderId).fetchHistory();
      const failed = events?.flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
      expect(JSON.stringify(failed)).toContain('TEMPORAL_PAYLOAD_KEYS has no key \\"first\\"');
    });
    await work();
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('cannot be reached: nothing is started, and the same request places the order later', async () => {
    await work();
    const place = () =>
      request(stack, '/api/orders', {
        ...{ method: 'POST', body: orderBody({ metadata: { n: '1' } }) },
        headers: { 'Idempotency-Key': 'without-keys' },
      });
    own.freeze('mongodb');
    const refused = await place();
    await expectProblem(refused, 503, 'service_unavailable');
    expect(refused.headers.get('Retry-After')).toBe('2');
    own.thaw('mongodb');
    const orderId = await eventually(async () => {
      const response = await place();
      expect(response.status).toBe(201);
      return ((await response.json()) as { orderId: string }).orderId;
    });
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });
});
