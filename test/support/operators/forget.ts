import { expect } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { eventually } from '../eventually.ts';
import type { Stack } from '../stack.ts';
import { handleOf } from './operators.ts';

/** The server deletes when it has nothing else to do. */
const FORGETTING_MS = 120_000;

/** Has Temporal forget an order's workflow, as it does when the retention is over. */
export async function forget(stack: Stack, orderId: string): Promise<void> {
  const { workflowService, options } = stack.client;
  const { workflowId } = handleOf(stack, orderId);
  await eventually(async () => {
    // The server may have something else to do with it first: then it has to be told again.
    await workflowService
      .deleteWorkflowExecution({
        namespace: options.namespace,
        workflowExecution: { workflowId },
      })
      .catch(() => undefined);
    await expectForgotten(stack, orderId);
  }, FORGETTING_MS);
}

export async function expectForgotten(stack: Stack, orderId: string): Promise<void> {
  await expect(handleOf(stack, orderId).describe()).rejects.toThrow(WorkflowNotFoundError);
}
