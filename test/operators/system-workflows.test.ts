import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { RECONCILER_SCHEDULE_ID, reconcilePolicy } from '../../src/contract/reconciler.ts';
import { stuckOrdersWorkflowId } from '../../src/contract/stuck-orders.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { ensureSystemWorkflows, keepSystemWorkflows } from '../../src/worker/system-workflows.ts';
import { eventually } from '../support/eventually.ts';
import { testServers } from '../support/servers/servers.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(async () => {
  await stack?.client.workflow.getHandle(stuckOrdersWorkflowId(stack.taskQueue)).terminate();
  await stack?.client.schedule.getHandle(RECONCILER_SCHEDULE_ID).delete();
  await stack?.stop();
}, 120_000);

it('the stuck-orders page and the reconciler are there once, however many workers start', async () => {
  const { client, taskQueue } = stack;
  const schedule = client.schedule.getHandle(RECONCILER_SCHEDULE_ID);
  const page = client.workflow.getHandle(stuckOrdersWorkflowId(taskQueue));
  await ensureSystemWorkflows(client, { taskQueue, reconcileEveryMs: 3_600_000 });
  const { runId } = await page.describe();
  await schedule.pause('an operator wants it');
  await ensureSystemWorkflows(client, { taskQueue, reconcileEveryMs: 7_200_000 });
  expect(await page.describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
  expect(await schedule.describe()).toMatchObject({
    spec: { intervals: [{ every: 7_200_000 }] },
    state: { paused: true, note: 'an operator wants it' },
    action: { args: [{ policy: reconcilePolicy }], workflowExecutionTimeout: 3_600_000 },
  });

  await schedule.trigger();
  const run = await eventually(async () => {
    const { recentActions } = (await schedule.describe()).info;
    expect(recentActions).not.toEqual([]);
    return client.workflow.getHandle(`${recentActions[0]?.action.workflow.workflowId}`);
  });
  // An attempt that gets lost on a busy machine is missed after a minute.
  const result = await eventually(async () => {
    const { status, raw } = await run.describe();
    const { pendingActivities, pendingWorkflowTask } = raw;
    const state = { status: status.name, pendingActivities, pendingWorkflowTask };
    expect(state).toMatchObject({ status: 'COMPLETED' });
    return run.result();
  }, 150_000);
  expect(result).toMatchObject({ looked: 0, suspects: 0 });
}, 180_000);

it('a worker that starts before Temporal serves has them as soon as it does', async () => {
  const { client, taskQueue } = stack;
  const page = client.workflow.getHandle(stuckOrdersWorkflowId(taskQueue));
  await page.terminate();
  // A door to Temporal that shuts on everybody, until it is opened.
  let isOpen = false;
  const { hostname: host, port } = new URL(`tcp://${testServers().temporalAddress}`);
  const door = createServer((caller) => {
    if (!isOpen) caller.destroy();
    else caller.pipe(connect({ host, port: Number(port) })).pipe(caller);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address() as AddressInfo;
  // Without the client's own retries.
  const connection = Connection.lazy({
    address: `127.0.0.1:${address.port}`,
    interceptors: [],
  });

  const warnings: string[] = [];
  const giveUp = new AbortController();
  const ensuring = keepSystemWorkflows(
    new Client({ connection }),
    { taskQueue, reconcileEveryMs: 3_600_000 },
    { log: logTo(warnings), signal: giveUp.signal, againMs: 100 },
  );
  try {
    await eventually(() => expect(warnings.join()).toContain('is not there yet'), 40_000);
    isOpen = true;
    await eventually(async () => expect((await page.describe()).status.name).toBe('RUNNING'));
  } finally {
    giveUp.abort();
    await ensuring;
    await connection.close();
    door.close();
  }
}, 90_000);

it('they are there again after somebody has ended or deleted them', async () => {
  const { client, taskQueue } = stack;
  const page = client.workflow.getHandle(stuckOrdersWorkflowId(taskQueue));
  const schedule = client.schedule.getHandle(RECONCILER_SCHEDULE_ID);
  const giveUp = new AbortController();
  const ensuring = keepSystemWorkflows(
    client,
    { taskQueue, reconcileEveryMs: 3_600_000 },
    { log: logTo([]), signal: giveUp.signal, everyMs: 200 },
  );
  const areThere = () =>
    eventually(async () => {
      expect((await page.describe()).status.name).toBe('RUNNING');
      expect(await schedule.describe()).toMatchObject({
        spec: { intervals: [{ every: 3_600_000 }] },
      });
    });
  try {
    await areThere();
    await page.terminate('by hand');
    await schedule.delete();
    await areThere();
    // What an operator has set stays, while a worker only looks.
    await schedule.update(({ spec: _spec, ...rest }) => ({
      ...rest,
      spec: { intervals: [{ every: 7_200_000 }] },
    }));
    await page.terminate('by hand');
    await eventually(async () => expect((await page.describe()).status.name).toBe('RUNNING'));
    expect(await schedule.describe()).toMatchObject({
      spec: { intervals: [{ every: 7_200_000 }] },
    });
  } finally {
    giveUp.abort();
    await ensuring;
  }
}, 90_000);

function logTo(warnings: string[]) {
  return createLogger('worker', 'warn', { write: (line) => void warnings.push(line) });
}
