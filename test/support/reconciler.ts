import { orderWorkflowId } from '../../src/contract.ts';
import {
  RECONCILER_WORKFLOW,
  type ReconcilePolicy,
  type ReconcilerResult,
  reconcileOrderId,
  reconcilePolicy,
} from '../../src/contract-reconciler.ts';
import type { Stack } from './stack.ts';

export const quickPolicy: ReconcilePolicy = {
  ...reconcilePolicy,
  graceMs: 100,
  overlapMs: 0,
  againMs: [],
  pageSize: 3,
  steps: { ...reconcilePolicy.steps, retryInitialMs: 50, retryMaxMs: 200, patientMs: 500 },
};

/**
 * One run, over all that there is unless told. Its suspects are looked into by workflows of their
 * own.
 */
export async function reconcile(
  stack: Stack,
  policy = quickPolicy,
  input: { since?: string } = { since: '2020-01-01T00:00:00Z' },
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
