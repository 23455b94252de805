import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../../src/config/config.ts';
import { startWorker } from '../../../src/worker.ts';
import { eventually } from '../../support/eventually.ts';
import { handleOf, untilStuck } from '../../support/operators/operators.ts';
import { openStuckOrders, placeMany } from '../../support/operators/stuck-orders-page.ts';
import { fault } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const GRACE_MS = 1_000;
const QUIET_MS = 20_000;

let stack: Stack;
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
});
afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
});

async function start(): Promise<void> {
  worker = await startWorker(
    loadWorkerConfig({ ...stack.workerEnv, SHUTDOWN_GRACE_MS: `${GRACE_MS}` }),
  );
}

async function signalsOf(orderId: string): Promise<number> {
  const { events = [] } = await handleOf(stack, orderId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

it('an action on many does not hold up a worker that stops, and goes on with the next one', async () => {
  await start();
  const page = await openStuckOrders(stack, {
    bulk: { quietMs: QUIET_MS, settleMs: 60_000 },
  });
  await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore' });
  const ids = await placeMany(stack, 5);
  for (const id of ids) await untilStuck(stack, id, 'chargePayment');
  await eventually(async () => expect(await page.details()).toContain('# 5 stuck'));
  await page.handle.signal('retryStuck', { by: 'olga' });
  await eventually(async () => {
    expect(await Promise.all(ids.map(signalsOf))).toEqual([1, 1, 1, 1, 1]);
  });

  const stoppedAt = Date.now();
  await worker?.stop();
  expect(Date.now() - stoppedAt).toBeLessThan(QUIET_MS / 2);
  await start();
  await eventually(async () => {
    expect(await page.details()).toContain('5 matched, 5 signalled, 5 still stuck');
  }, 90_000);
  // What was done is known from the heartbeat: nobody is signalled twice.
  expect(await Promise.all(ids.map(signalsOf))).toEqual([1, 1, 1, 1, 1]);
  await page.handle.terminate();
}, 180_000);
