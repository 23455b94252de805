import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { startWorker } from '../../src/worker.ts';
import { askRefund, refundHandle, refundsOf, shipped } from '../support/after-sale/refunds.ts';
import { eventually } from '../support/eventually.ts';
import { startGrpcProxy } from '../support/lost-tasks/grpc-proxy.ts';
import { Losses } from '../support/lost-tasks/losses.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { type Stack, startStack } from '../support/stack.ts';

const losses = new Losses();
let stack: Stack;
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  stack = await startStack({ retryMs: 20_000 }, { worker: false });
  opened.push(() => stack.stop());
  const proxy = await startGrpcProxy(stack.workerEnv.TEMPORAL_ADDRESS, losses.judges);
  opened.push(() => proxy.close());
  const env = { ...stack.workerEnv, TEMPORAL_ADDRESS: proxy.address };
  const worker = await startWorker(loadWorkerConfig(env));
  opened.push(() => worker.stop());
});
afterAll(async () => {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
});

/** Refunds a line of a shipped order, losing one completion on the way; answers the order. */
async function refundedLosing(point?: string): Promise<string> {
  const orderId = await shipped(stack);
  losses.watch(orderId, point === undefined ? undefined : { point, meanwhile: async () => {} });
  const lines = [{ productId: 'P-1001', quantity: 1 }];
  await askRefund(stack, orderId, { lines, restock: true });
  const refundId = await eventually(async () => {
    const [refund] = await refundsOf(stack, orderId);
    expect(refund).toMatchObject({ status: 'completed' });
    return `${refund?.refundId}`;
  });
  await refundHandle(stack, orderId, refundId).result();
  await expectInvariants(stack, orderId);
  return orderId;
}

describe('whatever task of a refund is lost', () => {
  it('gives the money back once, and records it', async () => {
    const points = losses.points(await refundedLosing());
    expect(points).toContain('activity: success of refundPayment');
    const failures = await Promise.allSettled(
      points.map(async (point) => {
        const orderId = await refundedLosing(point);
        if (!losses.hasFired(orderId)) throw new Error('the point was never reached');
      }),
    );
    const failed = failures.flatMap((one, index) =>
      one.status === 'rejected' ? [`${points[index]}: ${one.reason}`] : [],
    );
    expect(failed).toEqual([]);
  }, 180_000);
});
