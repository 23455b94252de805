import { expect } from '@jest/globals';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import {
  RECONCILER_WORKFLOW,
  type ReconcilePolicy,
  type ReconcilerInput,
  type ReconcilerResult,
  reconcileOrderId,
  reconcilePolicy,
} from '../../../src/contract/reconciler.ts';
import type { ReportKind } from '../../../src/domain/reconciliation.ts';
import { eventually } from '../eventually.ts';
import { documents, placed } from '../orders/orders.ts';
import { ledger, types } from '../services/services.ts';
import type { Stack } from '../stack.ts';

export const quickPolicy: ReconcilePolicy = {
  ...reconcilePolicy,
  graceMs: 100,
  recheckMs: 3_600_000,
  overlapMs: 0,
  againMs: [],
  pageSize: 3,
  steps: { ...reconcilePolicy.steps, retryInitialMs: 50, retryMaxMs: 200, retryMs: 500 },
};

/**
 * One run, over all that there is unless told. Its suspects are looked into by workflows of their
 * own.
 */
export async function reconcile(
  stack: Stack,
  policy = quickPolicy,
  input: Pick<ReconcilerInput, 'since'> = { since: '2020-01-01T00:00:00Z' },
): Promise<ReconcilerResult> {
  return stack.client.workflow.execute(RECONCILER_WORKFLOW, {
    workflowId: `reconciler-${stack.taskQueue}`,
    taskQueue: stack.taskQueue,
    args: [{ policy, ...input }],
  });
}

/** The workflow that looks into one order. */
export function caseOf(stack: Stack, orderId: string) {
  return stack.client.workflow.getHandle(reconcileOrderId(orderId));
}

/** As somebody does by hand, who knows no better. */
export async function terminate(stack: Stack, orderId: string): Promise<void> {
  await stack.client.workflow.getHandle(orderWorkflowId(orderId)).terminate();
}

/** Calls an admin or public route of the payments simulator. */
export async function post(stack: Stack, path: string, body?: unknown): Promise<void> {
  const answer = await fetch(`${stack.simulators.urls.payments}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}

export const keyOf = (orderId: string) => encodeURIComponent(`${orderId}:charge`);

/** What a service has done for an order, in its order. */
export async function effects(
  stack: Stack,
  service: 'payments' | 'inventory',
  orderId: string,
): Promise<string[]> {
  return types(await ledger(stack, service, orderId));
}

/** Places an order that waits for its bank transfer, and answers its id. */
export async function untilPending(stack: Stack): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await eventually(async () => {
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'pending' },
    ]);
  });
  return orderId;
}

/** Runs the reconciler until the visibility store has caught up, then lets it finish its case. */
export async function untilReconciled(stack: Stack, orderId: string, policy = quickPolicy) {
  await eventually(async () => {
    await reconcile(stack, policy);
    await caseOf(stack, orderId).describe();
  });
  return caseOf(stack, orderId).result();
}

/** What people see of a workflow of the reconciler. */
export async function page(stack: Stack, workflowId: string) {
  const handle = stack.client.workflow.getHandle(workflowId);
  const [{ status, searchAttributes }, { currentDetails = '' }] = await Promise.all([
    handle.describe(),
    handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata'),
  ]);
  return { status: status.name, searchAttributes, details: currentDetails };
}

/** The report on an order, once people can find it. */
export async function untilReported(
  stack: Stack,
  orderId: string,
  policy = quickPolicy,
  kind?: ReportKind,
) {
  return eventually(async () => {
    await reconcile(stack, policy);
    const handle = caseOf(stack, orderId);
    const { searchAttributes, details } = await page(stack, handle.workflowId);
    expect(searchAttributes).toMatchObject({ NeedsAttention: [true], FailedStep: ['reconcile'] });
    if (kind !== undefined) expect(searchAttributes).toMatchObject({ FailureType: [kind] });
    return { handle, searchAttributes, details };
  });
}
