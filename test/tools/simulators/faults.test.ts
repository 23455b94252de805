import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  type ServiceName,
  type Simulators,
  startSimulators,
} from '../../../simulators/simulators.ts';
import {
  byKey,
  call,
  charge,
  effects,
  fault,
  firings,
  type Json,
  key,
  levels,
  line,
  outcome,
  payment,
  reserve,
  useSimulators,
  world,
} from '../../support/services/simulators.ts';

useSimulators();

describe('faults', () => {
  test('an error before has no effect, an error after has; each fires as often as asked', async () => {
    await fault('payments', { kind: 'errorBefore', orderId: world.order, times: 1 });
    await fault('payments', { kind: 'errorAfter', route: 'POST /api/payments', times: 1 });
    expect(outcome(await charge())).toEqual([503, 'unavailable']);
    expect(await effects('payments')).toEqual([]);
    expect((await charge()).status).toBe(503);
    expect(await effects('payments')).toEqual(['charge']);
    expect((await charge()).status).toBe(200);
    expect(await firings('payments')).toEqual([1, 1]);
  });

  test('a fault of one order or route leaves the others alone', async () => {
    await fault('payments', { kind: 'errorBefore', orderId: 'another' });
    await fault('payments', { kind: 'errorBefore', route: 'POST /api/payments/by-key/{key}/void' });
    expect((await charge()).status).toBe(201);
    expect((await byKey('/void')).status).toBe(503);
    expect(await firings('payments')).toEqual([0, 1]);
  });

  test('too many requests carry Retry-After, and a redirect its location', async () => {
    const id = 'busy';
    await fault('auth', { id, kind: 'errorBefore', status: 429, retryAfterSeconds: 3 });
    const busy = await call('auth', 'GET /api/users/ana');
    expect([...outcome(busy), busy.headers.get('retry-after')]).toEqual([429, 'rate_limited', '3']);
    expect((await call('auth', `DELETE /admin/faults/${id}`)).body).toMatchObject({ fired: 1 });
    await fault('auth', { kind: 'errorBefore', status: 302 });
    const moved = await call('auth', 'GET /api/users/ana');
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/livez']);
  });

  test.each(['before', 'after'])('a timeout never answers; the effect is %s it', async (effect) => {
    await fault('inventory', { kind: 'timeout', effect, latencyMs: 1, times: 1 });
    await expect(reserve([line('P-1001', 1)])).rejects.toThrow('fetch failed');
    expect(await effects('inventory')).toEqual(effect === 'before' ? [] : ['reserve']);
    expect((await reserve([line('P-1001', 1)])).status).toBe(effect === 'before' ? 201 : 200);
  });

  test.each(['html', 'truncated', 'wrongShape', 'huge', 'cut'])('garbage: %s', async (variant) => {
    await fault('payments', { kind: 'garbage', variant, route: '/api/payments' });
    if (variant === 'wrongShape' || variant === 'huge') {
      const { status, body } = await charge();
      expect([status, body.transactionId]).toEqual([201, undefined]);
      if (variant === 'huge') expect(JSON.stringify(body).length).toBeGreaterThan(2 ** 24);
    } else {
      await expect(charge()).rejects.toThrow();
    }
    expect(await effects('payments')).toEqual(['charge']);
    expect(await firings('payments')).toEqual([1]);
  });

  test('a decline is a definite refusal in the words of the route', async () => {
    await fault('payments', { kind: 'decline', reason: 'fraud_suspected', times: 2 });
    const declined = await charge();
    expect([...outcome(declined), declined.body.reason]).toEqual([
      402,
      'payment_declined',
      'fraud_suspected',
    ]);
    expect(outcome(await byKey('/void'))).toEqual([422, 'refused']);
    expect((await byKey()).body).toMatchObject({ status: 'failed', reason: 'fraud_suspected' });
    for (const service of ['auth', 'products', 'inventory'] as const) {
      await fault(service, { kind: 'decline' });
    }
    expect(outcome(await reserve([line('P-1001', 1)]))).toEqual([409, 'insufficient_stock']);
    expect(outcome(await call('auth', 'GET /api/users/ana'))).toEqual([404, 'user_not_found']);
    const batch = await call('products', 'POST /api/products/batch', { ids: ['P-1001'] });
    expect(batch.body).toEqual({ products: [], missing: ['P-1001'] });
  });

  test('latency delays and lets the request through', async () => {
    await fault('payments', { kind: 'latency', latencyMs: 1 });
    expect((await charge()).status).toBe(201);
    expect(await firings('payments')).toEqual([1]);
  });

  test('the same seed decides the same way again', async () => {
    const run = async () => {
      await fault('auth', { id: 'coin', kind: 'errorBefore', probability: 0.5 });
      const answers = [];
      for (let i = 0; i < 40; i++) answers.push((await call('auth', 'GET /api/users/ana')).status);
      return answers;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });

  test('a fault that could never fire is refused', async () => {
    const misspelt = await fault('payments', { kind: 'errorBefore', rout: 'POST /api/payments' });
    expect(outcome(misspelt)).toEqual([400, 'invalid_request']);
    const nowhere = await fault('payments', { kind: 'errorBefore', route: 'PUT /api/payments' });
    expect(outcome(nowhere)).toEqual([422, 'unknown_route']);
  });
});

describe('restart', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'simulators-'));
  const environment = { SIM_DATA_DIR: dataDir, AUTH_PORT: '0', PRODUCTS_PORT: '0' };
  const program = async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'simulators/server.ts'], {
      env: { ...process.env, ...environment, INVENTORY_PORT: '0', PAYMENTS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, urls: JSON.parse(first.toString()) as Simulators['urls'] };
  };
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test('kill -9 and a half-written line lose no effect that was answered', async () => {
    const { child, urls } = await program();
    const post = (service: ServiceName, path: string, body: Json, headers = {}) =>
      call(service, `POST ${path}`, body, headers, urls);
    const idempotency = { 'Idempotency-Key': key() };
    const items = [line('P-1011', 3)];
    const charged = await post('payments', '/api/payments', payment(), idempotency);
    await post('inventory', '/api/inventory/reserve', {
      reservationId: `${world.order}:reserve`,
      items,
    });
    const killed = once(child, 'exit');
    child.kill('SIGKILL');
    await killed;
    for (const name of ['payments', 'inventory']) {
      appendFileSync(join(dataDir, `${name}.jsonl`), '{"seq":2,"type":"refu');
    }

    const before = world.simulators;
    world.simulators = await startSimulators({ dataDir });
    try {
      const repeated = await charge();
      expect([repeated.status, repeated.body]).toEqual([200, charged.body]);
      expect((await reserve(items)).status).toBe(200);
      expect((await levels()).get('P-1011')).toMatchObject({ available: 497, held: 3 });
      await byKey('/void');
      await world.simulators.stop();
      world.simulators = await startSimulators({ dataDir });
      expect((await byKey()).body).toMatchObject({ status: 'refunded', refundedAmount: '59.98' });
      expect(await effects('payments')).toEqual(['charge', 'refund']);
    } finally {
      await world.simulators.stop();
      world.simulators = before;
    }
  });

  test('SIGTERM ends the program with 0 although clients keep their connections', async () => {
    const { child, urls } = await program();
    await call('auth', 'GET /api/users/ana', undefined, {}, urls);
    await call('payments', 'POST /admin/faults', { kind: 'timeout' }, {}, urls);
    const held = expect(
      call('payments', 'GET /api/payments/by-key/x', undefined, {}, urls),
    ).rejects.toThrow();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await held;
  });

  test('a taken port stops the start and leaves nothing listening', async () => {
    const taken = Number(new URL(world.simulators.urls.payments).port);
    const first = await startSimulators();
    const auth = Number(new URL(first.urls.auth).port);
    await first.stop();
    const ports = { auth, payments: taken };
    await expect(startSimulators({ ports })).rejects.toThrow('EADDRINUSE');
    const second = await startSimulators({ ports: { auth } });
    await second.stop();
  });
});
