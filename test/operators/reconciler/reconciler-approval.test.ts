import { describe, expect, it } from '@jest/globals';
import { reconcileApprovalId } from '../../../src/contract/reconciler.ts';
import { eventually } from '../../support/eventually.ts';
import {
  caseOf,
  effects,
  page,
  quickPolicy,
  reconcile,
  terminate,
  untilPending,
  untilReconciled,
} from '../../support/operators/reconciler.ts';
import { documents } from '../../support/orders/orders.ts';
import { fault, repairAll } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const policy = { ...quickPolicy, maxOfAKind: 2 };

const stack = useStack();

const approvalId = () => reconcileApprovalId(stack.taskQueue);
const approval = () => stack.client.workflow.getHandle(approvalId());

/** The page of what was held back, once people can find it. */
async function untilAsked(kind: string, count: number) {
  return eventually(async () => {
    await reconcile(stack, policy);
    const asked = await page(stack, approvalId());
    expect(asked).toMatchObject({
      status: 'RUNNING',
      searchAttributes: {
        NeedsAttention: [true],
        FailedStep: ['reconcile'],
        FailureType: ['heldBack'],
      },
      details: expect.stringContaining(`${count} orders: \`${kind}\``),
    });
    return asked;
  });
}

async function statuses(orderIds: string[]): Promise<unknown[]> {
  const orders = await Promise.all(orderIds.map((orderId) => documents(stack, orderId)));
  return orders.map(({ order }) => order?.status);
}

describe('more repairs than a run may make by itself', () => {
  it('wait for a person, whatever is done to the question; all else goes on', async () => {
    const orderIds: string[] = [];
    for (let count = 0; count < 3; count++) orderIds.push(await untilPending(stack));
    for (const orderId of orderIds) await terminate(stack, orderId);
    await untilAsked('abandoned', 3);

    // Another kind.
    const cancelled = await untilPending(stack);
    await terminate(stack, cancelled);
    await stack.db
      .collection('orders')
      .updateOne({ uuid: cancelled }, { $set: { status: 'CANCELADO', updatedAt: new Date() } });
    const settled = await untilReconciled(stack, cancelled, policy);
    expect(settled).toMatchObject({ repair: ['paymentUnsettled', 'stockHeld'] });

    await approval().cancel();
    await eventually(async () => {
      const { details } = await page(stack, approvalId());
      expect(details).toContain('a cancellation was requested and ignored');
    });
    await approval().terminate('by hand');
    await eventually(async () => {
      await reconcile(stack, policy, {});
      expect((await approval().describe()).status.name).toBe('RUNNING');
    });
    await untilAsked('abandoned', 3);

    // One more is no less suspicious while a person has not decided.
    const late = await untilPending(stack);
    await terminate(stack, late);
    const later = await reconcile(stack, policy, {});
    expect(later.heldBack).toEqual({ abandoned: 1 });
    expect(await statuses([...orderIds, late])).toEqual(Array(4).fill('CREADO'));

    await approval().signal('allowRepairs', { by: 'olga', note: 'they are' });
    await approval().result();
    for (const orderId of [...orderIds, late]) {
      expect(await caseOf(stack, orderId).result()).toMatchObject({ repair: ['abandoned'] });
      expect(await effects(stack, 'inventory', orderId)).toEqual(['reserve', 'release']);
    }
    expect(await statuses([...orderIds, late])).toEqual(Array(4).fill('CANCELADO'));
    expect(await reconcile(stack, policy)).toMatchObject({ suspects: 0, heldBack: {} });
  });

  it('are asked about no more when they agree again', async () => {
    const orderIds: string[] = [];
    for (let count = 0; count < 3; count++) orderIds.push(await untilPending(stack));
    for (const orderId of orderIds) {
      for (const route of ['GET /api/payments/by-key/{key}', 'POST /api/payments/lookup']) {
        await fault(stack, 'payments', { route, kind: 'errorBefore', status: 500, orderId });
      }
    }
    await untilAsked('unreadable', 3);
    for (const orderId of orderIds) {
      await expect(caseOf(stack, orderId).describe()).rejects.toThrow();
    }
    await repairAll(stack);
    await approval().signal('retry');
    await approval().result();
    expect(await reconcile(stack, policy)).toMatchObject({ suspects: 0, heldBack: {} });
  });
});
