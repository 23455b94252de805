import type { Client } from '@temporalio/client';
import { createApp } from '../../../src/api/app.ts';
import { OrderWorkflows } from '../../../src/api/orders/order-workflows.ts';
import type { Stack } from '../stack.ts';

/** Another API beside that of the stack, on the same orders. */
export function anotherApi(
  stack: Pick<Stack, 'client' | 'deps' | 'taskQueue'>,
  options: { deadlineMs: number; client?: Client },
) {
  const { client = stack.client, deadlineMs } = options;
  const { taskQueue, deps } = stack;
  const workflows = new OrderWorkflows({ client, taskQueue, deadlineMs });
  return { app: createApp({ ...deps, workflows }) };
}
