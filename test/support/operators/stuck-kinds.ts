import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import proto from '@temporalio/proto';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import { STUCK_ORDERS_WORKFLOW } from '../../../src/contract/stuck-orders.ts';
import { ImportedOrders } from '../../../src/legacy-import/imported-orders.ts';
import { startImportedOrder } from '../../../src/legacy-import/start-imported-order.ts';
import { eventually } from '../eventually.ts';
import { imported } from '../legacy/seeded.ts';
import { documents, paid, placed } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import { policy, type Stack } from '../stack.ts';
import { handleOf, signal, untilStuck } from './operators.ts';
import { caseOf, post, reconcile, terminate } from './reconciler.ts';

/** Where a kind of stuck workflow is listed. */
export interface StuckKind {
  workflowId: string;
  step: string;
  isPaused: boolean;
  isFailing: boolean;
}

const VOID = 'POST /api/payments/by-key/{key}/void';
const CHARGE = 'POST /api/payments';

const kind = (workflowId: string, step: string, marks: Partial<StuckKind> = {}): StuckKind => ({
  ...{ workflowId, step, isPaused: false, isFailing: false, ...marks },
});

/** Leaves one workflow stuck in every way there is. */
export async function everyKind(stack: Stack) {
  const compensation = await stuckCompensation(stack);
  const failing = await failingWorkflow(stack);
  const discrepancy = await discrepancyOf(stack);
  const repair = await stuckRepair(stack);
  const imported = await importedOrder(stack);
  const resting = await paid(stack);
  await pause(stack, resting);
  await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
  const order = await stuckOrder(stack);
  const pausedOrder = await stuckOrder(stack);
  await pause(stack, pausedOrder);
  return {
    order: kind(orderWorkflowId(order), 'chargePayment'),
    compensation: kind(orderWorkflowId(compensation), 'voidPayment'),
    imported: kind(orderWorkflowId(imported), 'chargePayment'),
    discrepancy: kind(discrepancy, 'reconcile'),
    repair: kind(repair, 'voidPayment'),
    failing: kind(failing, 'code', { isFailing: true }),
    resting: kind(orderWorkflowId(resting), 'paused', { isPaused: true }),
    pausedOrder: kind(orderWorkflowId(pausedOrder), 'chargePayment', { isPaused: true }),
  };
}

async function stuckOrder(stack: Stack): Promise<string> {
  const { orderId } = await placed(stack);
  await untilStuck(stack, orderId, 'chargePayment');
  return orderId;
}

async function stuckCompensation(stack: Stack): Promise<string> {
  const orderId = await paid(stack);
  await fault(stack, 'payments', { route: VOID, kind: 'errorBefore', orderId });
  await signal(stack, orderId, 'cancelOrder');
  await untilStuck(stack, orderId, 'voidPayment');
  return orderId;
}

async function importedOrder(stack: Stack): Promise<string> {
  const { connection } = stack.store;
  const orderId = await imported(connection, 'CREADO', randomUUID());
  const found = await new ImportedOrders(connection).find(orderId);
  if (found === undefined) throw new Error(`${orderId} is not there`);
  const { client, taskQueue } = stack;
  expect(await startImportedOrder(found, { client, taskQueue, policy })).toBe(true);
  await untilStuck(stack, orderId, 'chargePayment');
  return orderId;
}

/** Payments says that a paid order was never charged: a person has to judge. */
async function discrepancyOf(stack: Stack): Promise<string> {
  const orderId = await paid(stack);
  await post(stack, `/api/payments/by-key/${encodeURIComponent(`${orderId}:charge`)}/void`);
  return untilCase(stack, orderId, 'reconcile');
}

/** An order that was terminated is brought to an end, and its refund fails. */
async function stuckRepair(stack: Stack): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await eventually(async () => {
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
  });
  await fault(stack, 'payments', { route: VOID, kind: 'errorBefore', orderId });
  await terminate(stack, orderId);
  return untilCase(stack, orderId, 'voidPayment');
}

async function untilCase(stack: Stack, orderId: string, step: string): Promise<string> {
  await eventually(async () => {
    await reconcile(stack);
    await caseOf(stack, orderId).describe();
  });
  await eventually(async () => {
    const { searchAttributes } = await caseOf(stack, orderId).describe();
    expect(searchAttributes).toMatchObject({ NeedsAttention: [true], FailedStep: [step] });
  });
  return caseOf(stack, orderId).workflowId;
}

/** A workflow whose code throws at once, again and again: it has no input. */
async function failingWorkflow(stack: Stack): Promise<string> {
  const { workflowId } = await stack.client.workflow.start(STUCK_ORDERS_WORKFLOW, {
    workflowId: `failing-${stack.taskQueue}`,
    taskQueue: stack.taskQueue,
    args: [],
  });
  await eventually(async () => {
    const { searchAttributes } = await stack.client.workflow.getHandle(workflowId).describe();
    expect(searchAttributes.TemporalReportedProblems).toBeDefined();
  }, 90_000);
  return workflowId;
}

/** Pauses an order that is at rest: a workflow task that is under way would undo it. */
async function pause(stack: Stack, orderId: string): Promise<void> {
  await eventually(async () => {
    const { raw } = await handleOf(stack, orderId).describe();
    expect(raw.pendingWorkflowTask ?? null).toBeNull();
    const { PENDING_ACTIVITY_STATE_STARTED } = proto.temporal.api.enums.v1.PendingActivityState;
    for (const { state } of raw.pendingActivities ?? []) {
      expect(state).not.toBe(PENDING_ACTIVITY_STATE_STARTED);
    }
  });
  await change(stack, 'pauseWorkflowExecution', orderId);
  await untilPaused(stack, orderId, 'PAUSED');
}

export async function unpause(stack: Stack, orderId: string): Promise<void> {
  await change(stack, 'unpauseWorkflowExecution', orderId);
  await untilPaused(stack, orderId, 'RUNNING');
}

async function change(
  stack: Stack,
  rpc: 'pauseWorkflowExecution' | 'unpauseWorkflowExecution',
  orderId: string,
): Promise<void> {
  await stack.client.workflowService[rpc]({
    namespace: stack.client.options.namespace,
    workflowId: orderWorkflowId(orderId),
    reason: 'an operator wants it',
    requestId: randomUUID(),
  });
}

async function untilPaused(stack: Stack, orderId: string, name: string): Promise<void> {
  await eventually(async () => {
    expect((await handleOf(stack, orderId).describe()).status.name).toBe(name);
  });
}

/** Removes a workflow from the server: nobody could replay it. */
export async function remove(stack: Stack, workflowId: string): Promise<void> {
  const { client, taskQueue } = stack;
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
  });
  const query = `TaskQueue = "${taskQueue}" AND WorkflowId = "${workflowId}"`;
  await eventually(async () => expect((await client.workflow.count(query)).count).toBe(0));
}
