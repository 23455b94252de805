import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '../../dev/processes/ports.ts';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { startWorker as startWorkerHere } from '../../src/worker.ts';
import { orderBody } from '../support/api/requests.ts';
import { testAuth, token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { placed, untilStatus } from '../support/orders/orders.ts';
import { type OutsideProcess, startOutside } from '../support/programs/outside.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';
import { type Stack, startStack } from '../support/stack.ts';

const SLOW_MS = 180_000;
const GRACE_MS = 8_000;

let own: OwnServers;
let stack: Stack;
/** Takes connections and answers nothing. */
let silent: Server;
let programs: OutsideProcess[] = [];
beforeAll(async () => {
  own = await startOwnServers(['temporal', 'mongodb']);
  stack = await startStack({ retryMs: 60_000 }, { worker: false, servers: own.servers });
  silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
}, SLOW_MS);
afterEach(async () => {
  for (const program of programs) await program.kill();
  programs = [];
});
afterAll(async () => {
  await stack?.stop();
  await own?.stop();
  silent?.close();
});

/** Starts a program, and resolves as soon as it is alive. */
async function start(script: string, env: Record<string, string>) {
  const [{ port }, { port: metricsPort }] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  const ports = { PORT: `${port}`, HEALTH_PORT: `${port}`, METRICS_PORT: `${metricsPort}` };
  const common = { ...stack.workerEnv, ...testAuth, REDIS_URL: '', LOG_LEVEL: 'info', ...ports };
  const program = await startOutside(script, { ...common, ...env }, `${url}/livez`);
  programs.push(program);
  const readiness = async () => (await fetch(`${url}/readyz`)).status;
  const readyz = async () => {
    const response = await fetch(`${url}/readyz`);
    return { http: response.status, ...((await response.json()) as object) };
  };
  return { ...program, url, readiness, readyz };
}
const startWorker = (env = {}) => start('src/worker.ts', env);
const startApi = (env = {}) => start('src/api/server.ts', env);

async function placeBy(api: { url: string }): Promise<Response> {
  return fetch(`${api.url}/api/orders`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${await token()}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    },
    body: JSON.stringify(orderBody()),
  });
}

type Started = Awaited<ReturnType<typeof start>>;

const expectWaiting = (program: Started, server: string) =>
  eventually(async () => {
    expect(program.output()).toMatch(new RegExp(`"level":"warn".*waiting for ${server}`));
    expect(await program.readiness()).toBe(503);
  });
const expectReady = (program: Started) =>
  eventually(async () => expect(await program.readiness()).toBe(200));

async function expectCleanStop(program: Started): Promise<void> {
  const asked = Date.now();
  expect(await program.stop()).toBe(0);
  expect(Date.now() - asked).toBeLessThan(GRACE_MS);
}

it(
  'a worker that starts while Temporal is down waits for it, says so, and takes orders then',
  async () => {
    await own.shutDown('temporal');
    const [worker, another] = await Promise.all([startWorker(), startWorker()]);
    await expectWaiting(worker, 'Temporal');
    await expectWaiting(another, 'Temporal');
    await expectCleanStop(another);
    await own.start('temporal');
    await expectReady(worker);
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await expectCleanStop(worker);
  },
  SLOW_MS,
);

it(
  'API and worker that start while MongoDB is down wait for it, say so, and take orders then',
  async () => {
    await own.shutDown('mongodb');
    const [worker, api] = await Promise.all([startWorker(), startApi()]);
    await expectWaiting(worker, 'MongoDB');
    await expectWaiting(api, 'MongoDB');
    const refused = await placeBy(api);
    const problem = { code: 'service_unavailable' };
    expect([refused.status, await refused.json()]).toMatchObject([503, problem]);
    expect(refused.headers.get('Retry-After')).toBe('2');
    await own.start('mongodb');
    await expectReady(worker);
    await expectReady(api);
    const response = await placeBy(api);
    const { orderId } = (await response.json()) as { orderId: string };
    expect(response.status).toBe(201);
    await untilStatus(stack, orderId, 'PAGADO');
    await expectCleanStop(worker);
    await expectCleanStop(api);
  },
  SLOW_MS,
);

it(
  'a signal ends API and worker also while they wait for servers that are frozen',
  async () => {
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const MONGODB_URI = `mongodb://${address}/orders`;
    const waiting = await Promise.all([
      startWorker({ TEMPORAL_ADDRESS: address }),
      startWorker({ MONGODB_URI }),
      startApi({ MONGODB_URI }),
    ]);
    for (const program of waiting) {
      expect(await program.readiness()).toBe(503);
      await expectCleanStop(program);
    }
  },
  SLOW_MS,
);

it('a worker whose database lacks migrations does not wait, and says what to run', async () => {
  const MONGODB_URI = stack.workerEnv.MONGODB_URI.replace(stack.taskQueue, randomUUID());
  const starting = startWorkerHere(loadWorkerConfig({ ...stack.workerEnv, MONGODB_URI }));
  await expect(starting).rejects.toThrow(/run "npm run migrate" first/);
});

it(
  'an API goes on answering without MongoDB or a worker, and says what is missing',
  async () => {
    const TEMPORAL_TASK_QUEUE = `nobody-${randomUUID()}`;
    const api = await startApi({ TEMPORAL_TASK_QUEUE });
    const temporal = `no worker polls the task queue ${TEMPORAL_TASK_QUEUE}`;
    await eventually(async () =>
      expect(await api.readyz()).toEqual({
        ...{ http: 200, status: 'degraded' },
        connections: { mongodb: 'ok', temporal },
      }),
    );
    own.freeze('mongodb');
    await eventually(async () =>
      expect(await api.readyz()).toMatchObject({
        ...{ http: 200, status: 'degraded' },
        connections: { mongodb: expect.stringMatching(/does not answer|cannot be reached/) },
      }),
    );
    const refused = await placeBy(api);
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { code: 'service_unavailable' },
    ]);
    own.thaw('mongodb');
    await eventually(async () =>
      expect(await api.readyz()).toMatchObject({ connections: { mongodb: 'ok' } }),
    );
  },
  SLOW_MS,
);

it(
  'a namespace that does not exist is no outage: the answer is 500 at once, and /readyz names it',
  async () => {
    const [api, worker] = await Promise.all([
      startApi({ TEMPORAL_NAMESPACE: 'nowhere' }),
      startWorker({ TEMPORAL_NAMESPACE: 'nowhere' }),
    ]);
    await eventually(async () =>
      expect(await api.readyz()).toMatchObject({
        ...{ http: 200, status: 'degraded' },
        connections: { mongodb: 'ok', temporal: 'has no namespace nowhere' },
      }),
    );
    const refused = await placeBy(api);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([500, null]);
    expect(await refused.json()).toMatchObject({ code: 'internal_error' });
    // Its log comes by a pipe, perhaps after the answer.
    await eventually(async () => expect(api.output()).toMatch(/"level":"error".*nowhere/));
    await eventually(async () =>
      expect(worker.output()).toMatch(/waiting for Temporal: .*nowhere/),
    );
  },
  SLOW_MS,
);
