import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../../src/config/config.ts';
import { startWorker } from '../../../src/worker.ts';
import { eventually } from '../../support/eventually.ts';
import { signal } from '../../support/operators/operators.ts';
import {
  linkTo,
  openStuckOrders,
  type StuckOrdersPage,
} from '../../support/operators/stuck-orders-page.ts';
import { outcome, placed, untilStatus } from '../../support/orders/orders.ts';
import { testServers } from '../../support/servers/servers.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
});
afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
});

/** Deploys the workflows' code in place of what runs. */
async function deploy(bundle: string): Promise<void> {
  await worker?.stop();
  worker = await startWorker(loadWorkerConfig({ ...stack.workerEnv, WORKFLOW_BUNDLE: bundle }));
}

/** The code after a change that orders placed before cannot follow. */
async function faultyBundle(): Promise<string> {
  const { workflowBundle, dataDir } = testServers();
  const code = await readFile(workflowBundle, 'utf8');
  const faulty = code.replaceAll('chargePayment', 'chargeTwice');
  expect(faulty).not.toBe(code);
  const file = `${dataDir}/faulty-bundle.cjs`;
  await writeFile(file, faulty);
  return file;
}

async function untilShown(page: StuckOrdersPage, text: string): Promise<string> {
  return eventually(async () => {
    const details = await page.details();
    expect(details).toContain(text);
    return details;
  }, 120_000);
}

describe('an order whose code fails after a deployment', () => {
  it('is listed as stuck, loses no signal, and goes on when the code is repaired', async () => {
    const { workflowBundle } = testServers();
    await deploy(workflowBundle);
    const page = await openStuckOrders(stack);
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');

    await deploy(await faultyBundle());
    await signal(stack, orderId, 'markShipped', { by: 'olga' });
    const details = await untilShown(page, '## 1 at `code`: `workflow_task`');
    expect(details).toContain(linkTo(orderId));
    await untilStatus(stack, orderId, 'PAGADO');

    await deploy(workflowBundle);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    await untilShown(page, '# Nothing is stuck');
    await page.handle.terminate();
  }, 300_000);
});
