import { expect } from '@jest/globals';
import { operatorSignal, orderWorkflowId } from '../../src/contract.ts';
import { RECONCILER_WORKFLOW, reconcileOrderId } from '../../src/contract-reconciler.ts';
import { openDesk, placeMany } from './desk.ts';
import { eventually } from './eventually.ts';
import { untilParked, update } from './operators.ts';
import { documents, outcome, paid, placed } from './orders.ts';
import { caseOf, post, quickPolicy, reconcile, terminate } from './reconciler.ts';
import { fault } from './services.ts';
import type { Stack } from './stack.ts';

/** Plays a workflow that is no order to its end, and answers which run it was. */
type Path = (stack: Stack) => Promise<{ workflowId: string; runId?: string }>;

const keyOf = (orderId: string) => encodeURIComponent(`${orderId}:charge`);
const VOID = 'POST /api/payments/by-key/{key}/void';

async function awaitingTransfer(stack: Stack): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await eventually(async () => {
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
  });
  return orderId;
}

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
const mended =
  (begin: (stack: Stack) => Promise<string>): Path =>
  async (stack) => {
    const orderId = await begin(stack);
    await (await opened(stack, orderId)).result();
    return { workflowId: reconcileOrderId(orderId) };
  };

async function write(stack: Stack, name: string, filter: object, change: object): Promise<void> {
  await stack.db.collection(name).updateOne(filter, { $set: change });
}

/** The workflows beside the orders: the desk, the reconciler, and its cases. */
export const longLivedPaths: Record<string, Path> = {
  async 'desk-that-retries-cancels-and-continues-as-new'(stack) {
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'errorBefore',
    });
    const ids = await placeMany(stack, 3);
    for (const orderId of ids) await untilParked(stack, orderId, 'chargePayment');
    const desk = await openDesk(stack, { batch: 2, quietMs: 1_000, maxEvents: 80 });
    const { runId } = await desk.handle.describe();
    await desk.move('retryStuck', { by: 'olga', note: 'is it back?' });
    await desk.handle.signal('cancelStuck', { failedStep: 'nonsense' });
    await desk.handle.signal('cancelStuck');
    await repair();
    for (const orderId of ids) await outcome(stack, orderId);
    await eventually(async () => expect((await desk.handle.describe()).runId).not.toBe(runId));
    await desk.handle.terminate();
    return { workflowId: desk.handle.workflowId, runId };
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
  'case-of-money-for-a-cancelled-order': mended(async (stack) => {
    const orderId = await awaitingTransfer(stack);
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await outcome(stack, orderId);
    await post(stack, `/admin/payments/${keyOf(orderId)}/receive`);
    return orderId;
  }),
  'case-of-an-order-cancelled-by-hand': mended(async (stack) => {
    const orderId = await awaitingTransfer(stack);
    await terminate(stack, orderId);
    const change = { status: 'CANCELADO', updatedAt: new Date() };
    await write(stack, 'orders', { uuid: orderId }, change);
    return orderId;
  }),
  'case-of-a-terminated-order': mended(async (stack) => {
    const orderId = await awaitingTransfer(stack);
    await terminate(stack, orderId);
    return orderId;
  }),
  'case-of-a-payment-that-was-not-recorded': mended(async (stack) => {
    const orderId = await paid(stack);
    expect(await update(stack, orderId, 'markShipped')).toBe('done');
    await outcome(stack, orderId);
    await write(stack, 'payments', { orderId }, { paymentStatus: 'unknown' });
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
  async 'case-whose-refund-is-parked-and-retried'(stack) {
    const orderId = await awaitingTransfer(stack);
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
};
