import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { ERASURE_WORKFLOW } from '../../../src/contract/erasure.ts';
import { operatorSignal, orderWorkflowId } from '../../../src/contract/order.ts';
import {
  allowRepairs,
  RECONCILER_WORKFLOW,
  reconcileApprovalId,
  reconcileOrderId,
  resumeOrder,
} from '../../../src/contract/reconciler.ts';
import { VERSION_PROBE_WORKFLOW } from '../../../src/contract/version-probe.ts';
import { refundHandle, shipped, untilRefundStuck } from '../after-sale/refunds.ts';
import { eventually } from '../eventually.ts';
import { manyStuckAtCharge, suspendedRetry } from '../operators/bulk-actions.ts';
import { update } from '../operators/operators.ts';
import {
  caseOf,
  keyOf,
  post,
  quickPolicy,
  reconcile,
  terminate,
  untilPending,
  untilReported,
} from '../operators/reconciler.ts';
import { openStuckOrders } from '../operators/stuck-orders-page.ts';
import { outcome, paid, placed } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { asked } from './later-facts.ts';

/** Plays a workflow that is no order to its end, and answers which run it was. */
type Path = (stack: Stack) => Promise<{ workflowId: string; runId?: string }>;

const LOOK_UP = 'GET /api/payments/by-key/{key}';
const REFUND = 'POST /api/payments/by-key/{key}/refund';
const VOID = 'POST /api/payments/by-key/{key}/void';

/** Runs the reconciler until it has opened a case, and answers it. */
async function opened(stack: Stack, orderId: string) {
  await eventually(async () => {
    await reconcile(stack);
    await caseOf(stack, orderId).describe();
  });
  return caseOf(stack, orderId);
}

/** The same, once it waits for a person. */
async function reported(stack: Stack, orderId: string) {
  const found = await opened(stack, orderId);
  await eventually(async () => {
    const { searchAttributes } = await found.describe();
    expect(searchAttributes).toMatchObject({ NeedsAttention: [true] });
  });
  return found;
}

/** Plays a case that ends by itself, after what somebody did to an order. */
const repaired =
  (begin: (stack: Stack) => Promise<string>): Path =>
  async (stack) => {
    const orderId = await begin(stack);
    await (await opened(stack, orderId)).result();
    return { workflowId: reconcileOrderId(orderId) };
  };

async function write(stack: Stack, name: string, filter: object, change: object): Promise<void> {
  await stack.db.collection(name).updateOne(filter, { $set: change });
}

/** Asks for a customer to be forgotten, by a workflow id of the path's own. */
async function forget(stack: Stack, userId: string) {
  const workflowId = `erase-${randomUUID()}`;
  await stack.client.workflow.execute(ERASURE_WORKFLOW, {
    ...{ workflowId, taskQueue: stack.taskQueue, args: [{ userId, by: 'olga' }] },
  });
  return { workflowId };
}

/** The workflows beside the orders: the stuck-orders page, the reconciler, and its cases. */
export const systemPaths: Record<string, Path> = {
  async 'version-probed'(stack) {
    const workflowId = `version-probe-${randomUUID()}`;
    const { taskQueue } = stack;
    await stack.client.workflow.execute(VERSION_PROBE_WORKFLOW, { taskQueue, workflowId });
    return { workflowId };
  },

  'customer-forgotten': (stack) => forget(stack, `nobody-${randomUUID()}`),

  async 'customer-not-forgotten-with-an-open-order'(stack) {
    await paid(stack);
    return forget(stack, 'ana');
  },

  async 'stuck-orders-page-that-retries-cancels-and-continues-as-new'(stack) {
    const { ids, repair } = await manyStuckAtCharge(stack, 2);
    const page = await openStuckOrders(stack, { bulk: { quietMs: 1_000 }, maxEvents: 80 });
    const { runId } = await page.handle.describe();
    await page.move('retryStuck', { by: 'olga', note: 'is it back?' });
    await page.handle.signal('cancelStuck', { failedStep: 'nonsense' });
    await page.handle.signal('cancelStuck');
    await repair();
    for (const orderId of ids) await outcome(stack, orderId);
    await eventually(async () => expect((await page.handle.describe()).runId).not.toBe(runId));
    await page.handle.terminate();
    return { workflowId: page.handle.workflowId, runId };
  },
  async 'bulk-action-suspended-and-resumed'(stack) {
    const { workflowId, repair } = await suspendedRetry(stack, { maxEvents: 2_000 });
    await repair();
    const handle = stack.client.workflow.getHandle(workflowId);
    await handle.executeUpdate('resume', { args: [{ by: 'olga', perSecond: 100 }] });
    await handle.result();
    return { workflowId };
  },
  async 'bulk-action-that-continues-as-new-and-is-stopped'(stack) {
    const { workflowId } = await suspendedRetry(stack, { maxEvents: 5 });
    const handle = stack.client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    await handle.signal('resume');
    await eventually(async () => expect((await handle.describe()).runId).not.toBe(runId));
    await handle.signal('stop', { by: 'olga' });
    await handle.result();
    return { workflowId, runId };
  },
  async 'reconciler-that-goes-on-where-it-was'(stack) {
    await reconcile(stack, quickPolicy, {});
    await paid(stack);
    await paid(stack);
    const workflowId = `reconciler-${stack.taskQueue}`;
    await reconcile(stack, { ...quickPolicy, pageSize: 1, maxPages: 2 }, {});
    return { workflowId };
  },
  async 'reconciler-since-a-date'(stack) {
    const workflowId = `${RECONCILER_WORKFLOW}-${stack.taskQueue}`;
    await stack.client.workflow.execute(RECONCILER_WORKFLOW, {
      workflowId,
      taskQueue: stack.taskQueue,
      args: [{ policy: { ...quickPolicy, maxPages: 1 }, since: '2020-01-01T00:00:00Z' }],
    });
    return { workflowId };
  },
  'case-of-money-for-a-cancelled-order': repaired(async (stack) => {
    const orderId = await untilPending(stack);
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await outcome(stack, orderId);
    await post(stack, `/admin/payments/${keyOf(orderId)}/receive`);
    return orderId;
  }),
  'case-of-an-order-cancelled-by-hand': repaired(async (stack) => {
    const orderId = await untilPending(stack);
    await terminate(stack, orderId);
    const change = { status: 'CANCELADO', updatedAt: new Date() };
    await write(stack, 'orders', { uuid: orderId }, change);
    return orderId;
  }),
  'case-of-a-terminated-order': repaired(async (stack) => {
    const orderId = await untilPending(stack);
    await terminate(stack, orderId);
    return orderId;
  }),
  'case-of-a-payment-that-was-not-recorded': repaired(async (stack) => {
    const orderId = await paid(stack);
    expect(await update(stack, orderId, 'markShipped')).toBe('done');
    await outcome(stack, orderId);
    await write(stack, 'payments', { orderId }, { paymentStatus: 'unknown' });
    return orderId;
  }),
  'case-of-a-refund-made-at-the-provider': repaired(async (stack) => {
    const orderId = await shipped(stack);
    await post(stack, `/api/payments/by-key/${keyOf(orderId)}/void`);
    return orderId;
  }),
  'case-of-a-refund-whose-workflow-was-ended': repaired(async (stack) => {
    const orderId = await shipped(stack);
    await fault(stack, 'payments', { route: REFUND, kind: 'errorBefore', orderId });
    const refundId = await asked(stack, orderId);
    await untilRefundStuck(stack, orderId, refundId, 'refundPayment');
    await refundHandle(stack, orderId, refundId).terminate();
    return orderId;
  }),
  async 'case-of-a-paid-order-without-a-charge'(stack) {
    const orderId = await paid(stack);
    await post(stack, `/api/payments/by-key/${keyOf(orderId)}/void`);
    const found = await reported(stack, orderId);
    await found.signal('resolve', { nonsense: 1 });
    await found.signal('resolve', { by: 'olga' });
    await found.result();
    await stack.client.workflow.getHandle(orderWorkflowId(orderId)).terminate();
    return { workflowId: found.workflowId };
  },
  async 'case-of-a-paid-order-that-is-cancelled'(stack) {
    const orderId = await paid(stack);
    await terminate(stack, orderId);
    const found = await reported(stack, orderId);
    await found.signal('cancelOrder', { by: 'olga', reason: 'lost' });
    await found.result();
    return { workflowId: found.workflowId };
  },
  async 'case-of-a-paid-order-that-is-resumed'(stack) {
    const orderId = await paid(stack);
    await terminate(stack, orderId);
    const found = await reported(stack, orderId);
    await found.signal(resumeOrder, { by: 'olga' });
    await found.result();
    expect(await update(stack, orderId, 'markShipped')).toBe('done');
    return { workflowId: found.workflowId };
  },
  async 'case-whose-refund-is-stuck-and-retried'(stack) {
    const orderId = await untilPending(stack);
    const repair = await fault(stack, 'payments', { route: VOID, kind: 'errorBefore', orderId });
    await terminate(stack, orderId);
    const found = await opened(stack, orderId);
    await eventually(async () => {
      const { searchAttributes } = await found.describe();
      expect(searchAttributes).toMatchObject({ FailedStep: ['voidPayment'] });
    });
    await repair();
    await found.signal(operatorSignal('retry'), {});
    await found.result();
    return { workflowId: found.workflowId };
  },
  async 'case-that-cannot-be-read-and-continues-as-new'(stack) {
    const orderId = await untilPending(stack);
    const rule = { route: LOOK_UP, kind: 'errorBefore', status: 500, orderId };
    const repair = await fault(stack, 'payments', rule);
    const policy = { ...quickPolicy, recheckMs: 100, maxEvents: 30 };
    const { handle } = await untilReported(stack, orderId, policy, 'unreadable');
    const { runId } = await handle.describe();
    await handle.cancel();
    await eventually(async () => expect((await handle.describe()).runId).not.toBe(runId));
    await repair();
    await handle.result();
    return { workflowId: handle.workflowId, runId };
  },
  async 'case-of-a-refund-that-a-person-owes'(stack) {
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'errorBefore',
    });
    const { orderId } = await placed(stack);
    const input = { transactionId: 'tx-outside', by: 'olga' };
    await eventually(async () => {
      expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    });
    await repair();
    await terminate(stack, orderId);
    const { handle } = await untilReported(stack, orderId, quickPolicy, 'abandonedPaid');
    await handle.signal('cancelOrder', { by: 'olga', reason: 'lost' });
    await untilReported(stack, orderId, quickPolicy, 'manualRefundDue');
    await handle.signal(operatorSignal('confirmRefund'), { by: 'olga', transactionId: 're-1' });
    await handle.result();
    return { workflowId: handle.workflowId };
  },
  async 'approval-of-many-repairs'(stack) {
    for (let count = 0; count < 2; count++) await terminate(stack, await untilPending(stack));
    const approval = stack.client.workflow.getHandle(reconcileApprovalId(stack.taskQueue));
    await eventually(async () => {
      await reconcile(stack, { ...quickPolicy, maxOfAKind: 1 });
      const { searchAttributes } = await approval.describe();
      expect(searchAttributes).toMatchObject({ NeedsAttention: [true] });
    });
    await approval.signal(operatorSignal('retry'), {});
    await approval.signal(allowRepairs, { by: 'olga' });
    await approval.result();
    return { workflowId: approval.workflowId };
  },
};
