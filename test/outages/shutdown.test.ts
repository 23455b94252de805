import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../dev/processes/ports.ts';
import { startApi as startApiHere } from '../../src/api/server.ts';
import { loadApiConfig, loadWorkerConfig } from '../../src/config/config.ts';
import { startWorker as startWorkerHere } from '../../src/worker.ts';
import { follow } from '../support/api/follow.ts';
import { orderBody } from '../support/api/requests.ts';
import { testAuth, token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { placed, untilStatus } from '../support/orders/orders.ts';
import { type OutsideProcess, startOutside } from '../support/programs/outside.ts';
import { fault, fired, ledger, repairAll, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let api: OutsideProcess | undefined;
beforeAll(async () => {
  stack = await startStack({ retryMs: 60_000 });
});
afterAll(async () => {
  await stack?.stop();
});
afterEach(async () => {
  await api?.kill();
  api = undefined;
  await repairAll(stack);
});

async function startApi(env: Record<string, string>) {
  const [{ port }, { port: metricsPort }] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  // Without Redis, so that its rate limits count the requests of this test only.
  const given = {
    ...stack.workerEnv,
    ...testAuth,
    REDIS_URL: '',
    PORT: `${port}`,
    METRICS_PORT: `${metricsPort}`,
  };
  api = await startOutside('src/api/server.ts', { ...given, ...env }, `${url}/readyz`);
  const authorization = { Authorization: `Bearer ${await token()}` };
  return {
    process: api,
    metrics: () => fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((got) => got.text()),
    get: (path: string) => fetch(`${url}${path}`, { headers: authorization }),
    place: (headers: Record<string, string> = {}) =>
      fetch(`${url}/api/orders`, {
        method: 'POST',
        headers: {
          ...authorization,
          'Content-Type': 'application/json',
          'Idempotency-Key': randomUUID(),
          ...headers,
        },
        body: JSON.stringify(orderBody()),
      }),
  };
}

/** Inventory answers late, so that a request is under way for a while. */
const slowly = (latencyMs: number) =>
  fault(stack, 'inventory', { route: 'POST /api/inventory/reserve', kind: 'latency', latencyMs });
const underWay = (count: number) =>
  eventually(async () => expect(await fired(stack, 'inventory')).toBe(count));

describe('an API that is told to stop', () => {
  it('says that it is not ready, finishes what is under way, and exits with 0', async () => {
    const { process, get, place } = await startApi({ SHUTDOWN_DELAY_MS: '1000' });
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const stream = follow(await get(`/api/orders/${orderId}/events`));
    await eventually(() => expect(stream.ids()).toEqual(['1', '2']));
    await slowly(800);
    const placing = place();
    await underWay(1);
    const code = process.stop();
    await eventually(async () => expect((await get('/readyz')).status).toBe(503));
    expect((await get('/livez')).status).toBe(200);
    expect((await placing).status).toBe(201);
    await stream.ended;
    expect(await code).toBe(0);
    await expect(get('/livez')).rejects.toThrow();
  });

  it('answers who waits for a payment, with the order as it is', async () => {
    const { process, place } = await startApi({ SHUTDOWN_GRACE_MS: '8000' });
    const slow = { route: 'POST /api/payments', kind: 'latency', latencyMs: 60_000 };
    const repair = await fault(stack, 'payments', slow);
    const placing = place({ Prefer: 'wait=30' });
    await eventually(async () => expect(await fired(stack, 'payments')).toBeGreaterThan(0));
    const code = process.stop();
    const response = await placing;
    expect([response.status, await response.json()]).toMatchObject([201, { status: 'CREADO' }]);
    expect(await code).toBe(0);
    await repair();
  });

  it('cuts off what takes longer than its grace period', async () => {
    const { process, place } = await startApi({
      SHUTDOWN_GRACE_MS: '300',
      PLACEMENT_DEADLINE_MS: '20000',
    });
    await slowly(60_000);
    const placing = expect(place()).rejects.toThrow();
    await underWay(1);
    expect(await process.stop()).toBe(0);
    await placing;
  });
});

describe('a worker that is told to stop', () => {
  it('ends by force, with 1, when a step does not end; another worker finishes the order', async () => {
    const idle = await startStack({ retryMs: 60_000 }, { worker: false });
    const startWorker = async (env: Record<string, string>) => {
      const { port } = await freePort();
      const given = { ...idle.workerEnv, LOG_LEVEL: 'warn', HEALTH_PORT: `${port}` };
      const url = `http://127.0.0.1:${port}/readyz`;
      api = await startOutside('src/worker.ts', { ...given, ...env }, url);
      return api;
    };
    try {
      const first = await startWorker({ SHUTDOWN_GRACE_MS: '300' });
      // Payments holds the connection for longer than the worker waits.
      const route = 'POST /api/payments';
      const held = { kind: 'timeout', effect: 'after', latencyMs: 60_000, times: 1 };
      await fault(idle, 'payments', { route, ...held });
      const { orderId } = await placed(idle);
      await eventually(async () => expect(await fired(idle, 'payments')).toBe(1));
      expect(await first.stop()).toBe(1);
      expect(first.output()).toContain('steps under way did not end in time');

      const next = await startWorker({});
      await untilStatus(idle, orderId, 'PAGADO');
      expect(types(await ledger(idle, 'payments', orderId))).toEqual(['charge']);
      expect(await next.stop()).toBe(0);
    } finally {
      await idle.stop();
    }
  }, 120_000);
});

describe('Docker Compose', () => {
  it.each(['api', 'worker'])('gives %s the time it may take to stop', async (name) => {
    const env = { ...stack.workerEnv, ...testAuth, PORT: '0', METRICS_PORT: '0' };
    const program = await (name === 'api'
      ? startApiHere(loadApiConfig(env))
      : startWorkerHere(loadWorkerConfig(env)));
    await program.stop();
    const compose = await readFile('docker-compose.yml', 'utf8');
    expect(compose).toMatch(new RegExp(`\\n {2}${name}:\\n {4}<<: \\*app\\n`));
    const seconds = /x-app: &app\n(?: {2}.*\n)*? {2}stop_grace_period: (\d+)s\n/.exec(compose)?.[1];
    expect(program.stopMs).toBeLessThan(Number(seconds) * 1_000);
  });
});

describe('the metrics of an API', () => {
  it('count requests by route and orders by outcome, and name nobody', async () => {
    const { get, place, metrics } = await startApi({ RATE_LIMIT_USER_PER_MINUTE: '3' });
    const { orderId } = (await (await place()).json()) as { orderId: string };
    await get(`/api/orders/${orderId}`);
    await get('/api/nothing');
    expect((await place()).status).toBe(429);
    const text = await metrics();
    const counted = 'orders_http_request_duration_seconds_count';
    expect(text).toContain(`${counted}{method="POST",route="/api/orders",status="201"} 1`);
    expect(text).toContain(`${counted}{method="GET",route="/api/orders/:id",status="200"} 1`);
    expect(text).toContain(`${counted}{method="GET",route="none",status="404"} 1`);
    expect(text).toContain('orders_placed_total{outcome="placed"} 1');
    expect(text).toContain('orders_placed_total{outcome="rate_limited"} 1');
    expect(text).toContain('orders_rate_limited_total{budget="user"} 1');
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^orders_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\} 1$/m);
    for (const secret of [orderId, 'ana"']) expect(text).not.toContain(secret);
  });
});

describe('the metrics of a worker', () => {
  it("are on its health port, Temporal's own among them", async () => {
    const { port } = await freePort();
    const url = `http://127.0.0.1:${port}`;
    api = await startOutside(
      'src/worker.ts',
      {
        ...stack.workerEnv,
        TEMPORAL_TASK_QUEUE: `metrics-${randomUUID()}`,
        HEALTH_PORT: `${port}`,
      },
      `${url}/readyz`,
    );
    await eventually(async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toMatch(/^process_cpu_seconds_total \d/m);
      expect(text).toMatch(/^temporal_\w+/m);
    });
  });
});
