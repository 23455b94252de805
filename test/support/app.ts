import type { Client } from '@temporalio/client';
import { createApp } from '../../src/api/app.ts';
import { OrderWorkflows } from '../../src/api/order-workflows.ts';
import { defaultPricing } from '../../src/domain/pricing.ts';
import { createLogger } from '../../src/log.ts';
import { policy, type Stack } from './stack.ts';
import { testAuth } from './tokens.ts';

/** Another API beside that of the stack, on the same orders. */
export function anotherApi(
  stack: Pick<Stack, 'client' | 'store' | 'taskQueue'>,
  options: { deadlineMs: number; client?: Client },
) {
  const { client = stack.client, deadlineMs } = options;
  const { taskQueue, store } = stack;
  const app = createApp({
    auth: testAuth,
    workflows: new OrderWorkflows({ client, taskQueue, deadlineMs }),
    store,
    policy,
    pricing: defaultPricing,
    ready: async () => true,
    log: createLogger('test', 'silent'),
  });
  return { app };
}
