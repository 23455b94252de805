import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { eventually } from '../eventually.ts';
import type { Stack } from '../stack.ts';
import { handleOf } from './operators.ts';

/** Pauses a step of an order, as the Web UI does. */
export async function pauseStep(stack: Stack, orderId: string, type: string): Promise<void> {
  await stack.client.workflowService.pauseActivity({
    ...asOlga(stack, orderId, type),
    ...{ reason: 'wait for the bank', requestId: randomUUID() },
  });
}

export async function unpauseStep(stack: Stack, orderId: string, type: string): Promise<void> {
  await stack.client.workflowService.unpauseActivity(asOlga(stack, orderId, type));
}

/** Waits until a step of an order is between two attempts. */
export async function untilWaiting(stack: Stack, orderId: string, type: string): Promise<void> {
  await eventually(async () => {
    const { raw } = await handleOf(stack, orderId).describe();
    const waiting = raw.pendingActivities?.find(({ activityType }) => activityType?.name === type);
    expect(waiting?.attempt).toBeGreaterThan(1);
  });
}

function asOlga(stack: Stack, orderId: string, type: string) {
  return {
    namespace: stack.client.options.namespace,
    execution: { workflowId: handleOf(stack, orderId).workflowId },
    ...{ identity: 'olga', type },
  };
}
