import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../../src/config/config.ts';
import { operatorSignal } from '../../../src/contract/order.ts';
import { startWorker } from '../../../src/worker.ts';
import { eventually } from '../../support/eventually.ts';
import { manyStuckAtCharge } from '../../support/operators/bulk-actions.ts';
import { handleOf, seen } from '../../support/operators/operators.ts';
import { fired, ledger, types } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

/** Long enough that the breaker is still open when the order is told. */
const RESET_MS = 20_000;

let stack: Stack;
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  const env = { ...stack.workerEnv, CHARGE_BREAKER_RESET_MS: `${RESET_MS}` };
  worker = await startWorker(loadWorkerConfig(env));
});
afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
});

it('an order that is retried as one of many passes no open breaker, and tries again when it closes', async () => {
  const { ids, repair } = await manyStuckAtCharge(stack, 12);
  const [alone, among] = ids as [string, string];
  const before = await fired(stack, 'payments');
  await handleOf(stack, among).signal(operatorSignal('retry'), { bulkAction: 'bulk-1' });
  await eventually(async () => {
    const { raw } = await handleOf(stack, among).describe();
    expect(raw.pendingActivities).toMatchObject([{ attempt: 2 }]);
  });
  expect(await fired(stack, 'payments')).toBe(before);
  expect((await seen(stack, among)).attributes).toMatchObject({ NeedsAttention: [true] });

  await handleOf(stack, alone).signal(operatorSignal('retry'), {});
  await eventually(async () => expect(await fired(stack, 'payments')).toBe(before + 1));

  await repair();
  // The others wait for an hour.
  await eventually(async () => {
    const { attributes } = await seen(stack, among);
    expect(attributes).toMatchObject({ OrderStatus: ['PAGADO'] });
  }, 6 * RESET_MS);
  expect(types(await ledger(stack, 'payments', among))).toEqual(['charge']);
}, 300_000);
