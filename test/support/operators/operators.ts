import { expect } from '@jest/globals';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  type OperatorAction,
  type OperatorInput,
  operatorSignal,
  operatorUpdate,
  orderWorkflowId,
} from '../../../src/contract/order.ts';
import { eventually } from '../eventually.ts';
import { placed } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';

/** The order's workflow. */
export const handleOf = (stack: Stack, orderId: string) =>
  stack.client.workflow.getHandle(orderWorkflowId(orderId));

/** Sends an operator's signal, as the Web UI does; without input when none is given. */
export async function signal(
  stack: Stack,
  orderId: string,
  action: OperatorAction,
  input?: OperatorInput,
): Promise<void> {
  await handleOf(stack, orderId).signal(
    operatorSignal(action),
    ...((input ? [input] : []) as [OperatorInput]),
  );
}

/** Sends an operator's update, and answers "done", "ended" with the order, or the refusal's code. */
export async function update(
  stack: Stack,
  orderId: string,
  action: OperatorAction,
  input: OperatorInput = {},
): Promise<string> {
  try {
    await handleOf(stack, orderId).executeUpdate(operatorUpdate(action), { args: [input] });
    return 'done';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    return (error.cause as { type?: string }).type ?? 'failed';
  }
}

/** What an operator sees of an order: its search attributes and its current details. */
export async function seen(stack: Stack, orderId: string) {
  const handle = handleOf(stack, orderId);
  const [description, metadata] = await Promise.all([
    handle.describe(),
    handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata'),
  ]);
  return { attributes: description.searchAttributes, details: metadata.currentDetails ?? '' };
}

/** Waits until the order is stuck at this step. */
export async function untilStuck(stack: Stack, orderId: string, step: string, boundMs = 30_000) {
  return untilAtStep(stack, orderId, { FailedStep: [step], NeedsAttention: [true] }, boundMs);
}

/** Waits until its events wait for the broker, for which nobody is needed. */
export const untilEventsWait = (stack: Stack, orderId: string) =>
  untilAtStep(stack, orderId, { FailedStep: ['publishEvents'], NeedsAttention: [false] }, 30_000);

function untilAtStep(stack: Stack, orderId: string, attributes: object, boundMs: number) {
  return eventually(async () => {
    const order = await seen(stack, orderId);
    expect(order.attributes).toMatchObject(attributes);
    return order;
  }, boundMs);
}

/** Leaves an order stuck at the charge; `repair` takes the fault away. */
export async function stuckAtCharge(
  stack: Stack,
  rule: Record<string, unknown> = { kind: 'errorBefore' },
) {
  const repair = await fault(stack, 'payments', { route: 'POST /api/payments', ...rule });
  const { orderId } = await placed(stack);
  await untilStuck(stack, orderId, 'chargePayment');
  return { orderId, repair };
}
