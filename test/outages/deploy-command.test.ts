import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { WorkerDeployment } from '../../src/deployment/worker-deployment.ts';
import { startWorker } from '../../src/worker.ts';
import { eventually } from '../support/eventually.ts';
import { signal } from '../support/operators/operators.ts';
import { outcome, paid } from '../support/orders/orders.ts';
import { type OutsideProcess, runOutside } from '../support/programs/outside.ts';
import { type Stack, startStack } from '../support/stack.ts';

jest.setTimeout(180_000);

const newKeys = () => `now:${randomBytes(32).toString('hex')}`;

let stack: Stack;
let orderId: string;
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  stack = await startStack({}, { worker: false, payloadKeys: newKeys() });
  opened.push(() => stack.stop());
  await start('v1');
  await expectDeployed(deploy('v1', '--watch', '1'));
  orderId = await paid(stack);
  await start('v2');
});
afterAll(async () => {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
});

const versionOf = (buildId: string) => {
  return { WORKER_BUILD_ID: buildId, WORKER_DEPLOYMENT: stack.taskQueue };
};

async function start(buildId: string): Promise<void> {
  const config = loadWorkerConfig({ ...stack.workerEnv, ...versionOf(buildId) });
  const worker = await startWorker(config);
  opened.push(() => worker.stop());
}

function deploy(buildId: string, ...args: string[]): OutsideProcess {
  return deployWith({}, buildId, ...args);
}

function deployWith(env: Record<string, string>, buildId: string, ...args: string[]) {
  const settings = { ...stack.workerEnv, ...versionOf(buildId), ...env };
  return runOutside('src/commands/deploy-version.ts', args, settings);
}

/** What it said; fails with that when its exit code is not 0. */
async function expectDeployed(command: OutsideProcess): Promise<string> {
  const code = await command.exited;
  expect({ code, output: command.output() }).toMatchObject({ code: 0 });
  return command.output();
}

/** Waits until a command has given a version a share of the tasks. */
async function untilRamping(buildId: string): Promise<void> {
  await eventually(async () => expect(await routing()).toMatchObject({ ramping: buildId }), 60_000);
}

const routing = () => new WorkerDeployment(stack.client, stack.taskQueue).routing();

describe('deploy-version', () => {
  it('takes back what it began when it is told to end', async () => {
    const command = deploy('v2', '--watch', '600');
    await untilRamping('v2');
    expect(await command.stop()).toBe(1);
    expect(await routing()).toEqual({ current: 'v1', ramping: undefined });
    expect(command.output()).toMatch(
      /taken back: v1 works on all orders again\ninterrupted: v2 is not deployed\n$/,
    );
  });

  it('that was killed has left a share of the tasks, which the next one refuses or takes away', async () => {
    const killed = deploy('v2', '--watch', '600');
    await untilRamping('v2');
    await killed.kill();

    const refused = deploy('v2', '--watch', '1');
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('v2 has a share of the tasks: another deploy-version runs');
    expect(await routing()).toEqual({ current: 'v1', ramping: 'v2' });

    const said = await expectDeployed(deploy('v2', '--watch', '1', '--take-over'));
    expect(said).toContain('the share is taken away');
    expect(said).toContain('v2 is deployed; workers of v1 may end');
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });
  });

  it('replays histories that are encrypted, and refuses what it cannot read', async () => {
    await start('v3');
    const unreadable = deployWith({ TEMPORAL_PAYLOAD_KEYS: newKeys() }, 'v3');
    expect(await unreadable.exited).toBe(1);
    expect(unreadable.output()).toContain('is of another key');
    expect(await routing()).toEqual({ current: 'v2', ramping: undefined });

    const said = await expectDeployed(deploy('v3', '--watch', '1'));
    expect(said).toContain('1 open workflows replay with v3');
    await signal(stack, orderId, 'markShipped', { by: 'olga' });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
  });

  it('takes each option by its name, and refuses what is none', async () => {
    for (const args of [['--ramp', '101'], ['--watch', 'long'], ['--force']]) {
      const command = deploy('v3', ...args);
      expect(await command.exited).toBe(1);
      expect(command.output()).toMatch(/^Usage: npm run deploy-version/);
    }
  });
});
