import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { type DeployOptions, deployVersion } from '../../src/deployment/deploy-version.ts';
import { NotDeployed } from '../../src/deployment/not-deployed.ts';
import { replayGate } from '../../src/deployment/replay-gate.ts';
import { WorkerDeployment } from '../../src/deployment/worker-deployment.ts';
import { startWorker } from '../../src/worker.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, signal } from '../support/operators/operators.ts';
import { outcome, paid } from '../support/orders/orders.ts';
import { testServers } from '../support/servers/servers.ts';
import { ledger, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

jest.setTimeout(300_000);

let stack: Stack;
const workers = new Map<string, Awaited<ReturnType<typeof startWorker>>>();
let said: string[] = [];
beforeEach(() => {
  said = [];
});
beforeAll(async () => {
  stack = await startStack({}, { worker: false, changesCode: true });
});
afterAll(async () => {
  for (const worker of workers.values()) await worker.stop();
  await stack?.stop();
});

/** The code of the service after a change; `old` has to be in it. */
async function changed(
  name: string,
  old: RegExp,
  change: (sdk: string) => string,
): Promise<string> {
  const { workflowBundle, dataDir } = testServers();
  const code = await readFile(workflowBundle, 'utf8');
  const at = code.search(old);
  expect(at).toBeGreaterThan(0);
  const sdks = [
    ...code.slice(0, at).matchAll(/_temporalio_workflow__WEBPACK_IMPORTED_MODULE_\d+__/g),
  ];
  const file = `${dataDir}/${name}.cjs`;
  await writeFile(
    file,
    code.replace(old, (found) => change(`${sdks.at(-1)}`) + found),
  );
  return file;
}

const BEFORE_SHIPPING = /await order\.shipped\(intents\.ship\);\s*\(0,/;

/** A real change, as docs/change/changing-workflows.md says how to make one. */
const patchedBundle = () =>
  changed(
    'patched',
    BEFORE_SHIPPING,
    (sdk) => `if ((0,${sdk}.patched)('pause')) await (0,${sdk}.sleep)(1);\n`,
  );

/** A bug that no recorded history meets: orders that are about to be shipped fail. */
const buggyBundle = () =>
  changed('buggy', BEFORE_SHIPPING, () => "throw new TypeError('a bug of this version');\n");

async function start(buildId: string, bundle: string): Promise<void> {
  const version = { WORKER_BUILD_ID: buildId, WORKER_DEPLOYMENT: stack.taskQueue };
  const env = { ...stack.workerEnv, ...version, WORKFLOW_BUNDLE: bundle };
  workers.set(buildId, await startWorker(loadWorkerConfig(env)));
}

function deploy(buildId: string, bundle: string, options: Partial<DeployOptions> = {}) {
  const { client, taskQueue } = stack;
  const workflowBundle = { codePath: bundle };
  return deployVersion({
    ...{ client, taskQueue, buildId, rampPercent: 50, watchMs: 2_000, workersMs: 60_000 },
    ...{ takesOver: false, signal: new AbortController().signal },
    deployment: new WorkerDeployment(client, taskQueue),
    replayGate: replayGate({ client, taskQueue, workflowBundle, dataConverter: {}, most: 100 }),
    say: (line) => said.push(line),
    ...options,
  });
}

async function stop(buildId: string): Promise<void> {
  await workers.get(buildId)?.stop();
  workers.delete(buildId);
}

const deployment = () => new WorkerDeployment(stack.client, stack.taskQueue);
const routing = () => deployment().routing();

/** Its workers are waited for, and probed, before that: twice as long as deploy() waits for them. */
const untilRamping = (buildId: string) =>
  eventually(async () => {
    const now = { ...(await routing()), said };
    expect(now).toMatchObject({ ramping: buildId });
  }, 120_000);

/** Whether the order's workflow took the way that v2 has. */
async function hasPaused(orderId: string): Promise<boolean> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  return events?.some((event) => event.timerFiredEventAttributes) ?? false;
}

/** Who did its last workflow task, as the Web UI shows it. */
async function lastWorkerOf(orderId: string): Promise<string> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const done = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
  return done.at(-1)?.identity ?? '';
}

describe('a version of the worker', () => {
  it('takes over the orders in flight, and the change applies to them', async () => {
    const { workflowBundle } = testServers();
    await start('v1', workflowBundle);
    await deploy('v1', workflowBundle);
    expect(await routing()).toMatchObject({ current: 'v1' });
    const inFlight = [await paid(stack), await paid(stack)];

    const patched = await patchedBundle();
    await start('v2', patched);
    await deploy('v2', patched);
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
    await stop('v1');
    for (const orderId of [...inFlight, await paid(stack)]) {
      await signal(stack, orderId, 'markShipped', { by: 'olga' });
      expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
      expect(await hasPaused(orderId)).toBe(true);
      expect(await lastWorkerOf(orderId)).toMatch(`orders-worker ${stack.taskQueue}:v2 `);
      expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    }
  });

  it('that open orders do not replay with is refused, and nothing changes', async () => {
    const orderId = await paid(stack);
    const faulty = await changed('faulty', BEFORE_SHIPPING, () => '');
    const code = await readFile(faulty, 'utf8');
    await writeFile(faulty, code.replaceAll('chargePayment', 'chargeTwice'));
    await start('v3', faulty);
    await expect(deploy('v3', faulty)).rejects.toThrow(/does not replay, nothing was changed/);
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
    await stop('v3');
    await signal(stack, orderId, 'markShipped', { by: 'olga' });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
  });

  it('that fails while it is watched is taken back, and no order is lost', async () => {
    const buggy = await buggyBundle();
    await start('v4', buggy);
    const orderId = await paid(stack);
    const deploying = deploy('v4', buggy, { rampPercent: 100, watchMs: 240_000 });
    const refused = expect(deploying).rejects.toThrow(NotDeployed);
    await eventually(async () => expect(await routing()).toMatchObject({ ramping: 'v4' }), 60_000);
    await signal(stack, orderId, 'markShipped', { by: 'olga' });
    await refused;
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('that nobody runs is not deployed', async () => {
    const { workflowBundle } = testServers();
    await expect(deploy('v9', workflowBundle, { workersMs: 1 })).rejects.toThrow(
      'no worker of v9 asks for work',
    );
  });

  it('whose workers have ended gets no work', async () => {
    const { workflowBundle } = testServers();
    await start('v5', workflowBundle);
    await eventually(async () => expect(await deployment().isKnown('v5')).toBe(true));
    await stop('v5');
    await expect(deploy('v5', workflowBundle, { workersMs: 5_000 })).rejects.toThrow(
      'no worker of v5 did a probe',
    );
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
  });

  it('whose workers end while it is watched is taken back', async () => {
    const { workflowBundle } = testServers();
    await start('v6', workflowBundle);
    const refused = expect(deploy('v6', workflowBundle, { watchMs: 240_000 })).rejects.toThrow(
      'no worker of v6 did a probe',
    );
    await Promise.race([untilRamping('v6'), refused]);
    await stop('v6');
    await refused;
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
    expect(said.at(-1)).toBe('taken back: v2 works on all orders again');
  });

  it('that no order comes to is tried by probes, and that is said', async () => {
    const { workflowBundle } = testServers();
    await start('v7', workflowBundle);
    await deploy('v7', workflowBundle, { rampPercent: 0 });
    expect(said).toContainEqual(
      expect.stringMatching(/^no order needed v7 yet: .* [1-9]\d* probes/),
    );
    await deploy('v2', await patchedBundle());
    expect(said).toContainEqual(expect.stringMatching(/^v2 has worked on [1-9]/));
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
  });

  it('is left alone when somebody else changes the versions', async () => {
    const { workflowBundle } = testServers();
    const refused = expect(deploy('v7', workflowBundle, { watchMs: 240_000 })).rejects.toThrow(
      'somebody else has changed the versions',
    );
    await Promise.race([untilRamping('v7'), refused]);
    await deployment().makeCurrent('v7');
    await refused;
    expect(await routing()).toEqual({ current: 'v7', ramping: undefined });
  });
});
