import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { startWorker } from '../../src/worker.ts';
import { eventually } from '../support/eventually.ts';
import {
  handleOf,
  seen,
  signal,
  stuckAtCharge,
  untilStuck,
  update,
} from '../support/operators/operators.ts';
import { placed, untilStatus } from '../support/orders/orders.ts';
import { fault, ledger, repairAll, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

const charge = { route: 'POST /api/payments' };
const MINUTE = 60_000;

let stack: Stack;
let worker: Awaited<ReturnType<typeof startWorker>>;
beforeAll(async () => {
  // A breaker that stays open for longer than any attempt of these tests would wait.
  stack = await startStack({ stuckInitialMs: 10 * MINUTE }, { worker: false });
  const env = { ...stack.workerEnv, CHARGE_BREAKER_RESET_MS: '30000' };
  worker = await startWorker(loadWorkerConfig(env));
});
afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
});
afterEach(async () => {
  await repairAll(stack);
});

/** When the server will make the next attempt of what is stuck. */
async function nextAttempt(orderId: string): Promise<number> {
  return eventually(async () => {
    const { raw } = await handleOf(stack, orderId).describe();
    const [pending] = raw.pendingActivities ?? [];
    const at = Number(pending?.nextAttemptScheduleTime?.seconds ?? 0) * 1000;
    expect(at).toBeGreaterThan(0);
    return at;
  });
}

describe('a stuck charge', () => {
  it('whose outcome was unknown once stays unknown, whatever could not be sent since', async () => {
    await fault(stack, 'payments', { ...charge, kind: 'errorAfter', times: 1 });
    await fault(stack, 'payments', { ...charge, kind: 'errorBefore', status: 429 });
    const { orderId } = await placed(stack);
    const { attributes } = await untilStuck(stack, orderId, 'chargePayment');
    expect(attributes).toMatchObject({ FailureType: ['payments_unknown'] });
    await repairAll(stack);
    await signal(stack, orderId, 'retry', { by: 'olga' });
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('stays unknown also when it became so in the middle of its attempts', async () => {
    await fault(stack, 'payments', { ...charge, kind: 'errorBefore', status: 429, times: 1 });
    await fault(stack, 'payments', { ...charge, kind: 'errorAfter', times: 1 });
    await fault(stack, 'payments', { ...charge, kind: 'errorBefore', status: 429 });
    const { orderId } = await placed(stack);
    const { attributes } = await untilStuck(stack, orderId, 'chargePayment');
    expect(attributes).toMatchObject({ FailureType: ['payments_unknown'] });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('that did nothing for sure is told as that', async () => {
    await fault(stack, 'payments', { ...charge, kind: 'errorBefore', status: 429 });
    const { orderId } = await placed(stack);
    const { attributes } = await untilStuck(stack, orderId, 'chargePayment');
    expect(attributes).toMatchObject({ FailureType: ['payments_transient'] });
  });

  it('tries again when its page says so, also while a circuit breaker is open', async () => {
    await fault(stack, 'payments', { ...charge, kind: 'errorBefore' });
    const orders = await Promise.all(Array.from({ length: 6 }, () => placed(stack)));
    for (const { orderId } of orders) {
      await untilStuck(stack, orderId, 'chargePayment');
      const at = await nextAttempt(orderId);
      expect(at - Date.now()).toBeGreaterThan(8 * MINUTE);
      const { details } = await seen(stack, orderId);
      const told = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
      expect(details).toContain(`tries again by itself, unless the step is paused: ${told}`);
    }
    const reasons = await Promise.all(orders.map(({ orderId }) => seen(stack, orderId)));
    expect(reasons.some(({ details }) => details.includes('left alone'))).toBe(true);

    // What an operator wants tried now is tried, however open the breaker is.
    await repairAll(stack);
    await Promise.all(orders.map(({ orderId }) => update(stack, orderId, 'retry', {})));
    for (const { orderId } of orders) {
      await untilStatus(stack, orderId, 'PAGADO');
      expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    }
  });

  it('is retried by hand as often as one likes, without longer pauses', async () => {
    const { orderId } = await stuckAtCharge(stack);
    for (let retries = 1; retries <= 3; retries++) {
      await signal(stack, orderId, 'retry', { by: 'olga' });
      await eventually(async () => {
        const { details } = await seen(stack, orderId);
        const tried = types(await ledger(stack, 'payments', orderId));
        expect(tried).toEqual([]);
        const at = await nextAttempt(orderId);
        expect(at - Date.now()).toBeGreaterThan(8 * MINUTE);
        expect(at - Date.now()).toBeLessThan(11 * MINUTE);
        const told = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
        expect(details).toContain(`tries again by itself, unless the step is paused: ${told}`);
      });
    }
  });
});
