import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../src/config.ts';
import { orderWorkflowId } from '../src/contract.ts';
import type { Program } from '../src/program.ts';
import { startWorker } from '../src/worker.ts';
import { eventually } from './support/eventually.ts';
import { untilParked, update } from './support/operators.ts';
import { placed, untilStatus } from './support/orders.ts';
import { fault, ledger, repairAll } from './support/services.ts';
import { type Stack, startStack } from './support/stack.ts';

const HOUR_S = 3_600;

let stack: Stack;
let worker: Program;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  const env = { ...stack.workerEnv, CHARGE_BREAKER_RESET_MS: '30000' };
  worker = await startWorker(loadWorkerConfig(env));
});
afterAll(async () => {
  await worker?.stop();
  await stack?.stop();
});

describe('an order that is parked while the breaker is open', () => {
  it('comes back at its own slow pace, or at once when an operator retries it', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore' });
    // Each makes a few attempts before it is parked: together enough to open the breaker.
    const orders = await Promise.all(Array.from({ length: 6 }, () => placed(stack)));
    for (const { orderId } of orders) await untilParked(stack, orderId, 'chargePayment');

    await eventually(async () => {
      const waiting = await Promise.all(orders.map(({ orderId }) => pendingCharge(orderId)));
      expect(waiting.some(({ message }) => message?.includes('left alone'))).toBe(true);
      for (const { pauseS } of waiting) expect(pauseS).toBe(HOUR_S);
    });

    // What an operator wants tried now is tried, however open the breaker is.
    await repairAll(stack);
    await Promise.all(orders.map(({ orderId }) => update(stack, orderId, 'retry', {})));
    for (const { orderId } of orders) {
      await untilStatus(stack, orderId, 'PAGADO');
      const charges = (await ledger(stack, 'payments', orderId)).filter(
        ({ type }) => type === 'charge',
      );
      expect(charges).toHaveLength(1);
    }
  });

  async function pendingCharge(orderId: string) {
    const { raw } = await stack.client.workflow.getHandle(orderWorkflowId(orderId)).describe();
    const charge = raw.pendingActivities?.find(
      ({ activityType }) => activityType?.name === 'chargePayment',
    );
    const pauseS = Number(charge?.currentRetryInterval?.seconds);
    return { pauseS, message: charge?.lastFailure?.message };
  }
});
