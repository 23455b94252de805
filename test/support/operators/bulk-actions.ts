import { expect } from '@jest/globals';
import { type BulkPolicy, bulkPolicy } from '../../../src/contract/bulk-action.ts';
import { beginBulk } from '../../../src/visibility/begin-bulk.ts';
import { actionQuery } from '../../../src/visibility/stuck-query.ts';
import { eventually } from '../eventually.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { detailsOf, placeMany, untilQuiet } from './stuck-orders-page.ts';

/** Leaves orders stuck at the charge, each of which the service has refused to answer. */
export async function manyStuckAtCharge(stack: Stack, count: number) {
  const repair = await fault(stack, 'payments', {
    route: 'POST /api/payments',
    kind: 'errorBefore',
  });
  const ids = await placeMany(stack, count);
  await eventually(async () => {
    const query = actionQuery(stack.taskQueue, 'retry', { failedStep: 'chargePayment' });
    expect(await stack.client.workflow.count(query)).toMatchObject({ count });
  }, 60_000);
  await untilQuiet(stack);
  return { ids, repair };
}

/** Begins to retry those at the charge; nothing is waited for long. */
export async function beginRetry(
  stack: Stack,
  policy: Partial<BulkPolicy>,
  perSecond = 100,
): Promise<string> {
  const { workflowId } = await beginBulk(
    stack.client,
    stack.taskQueue,
    { action: 'retryStuck', failedStep: 'chargePayment', by: 'olga', perSecond },
    { ...bulkPolicy, quietMs: 1_000, settleMs: 15_000, ...policy },
  );
  return workflowId;
}

/** Retries six orders while the service is still away, until that is noticed. */
export async function suspendedRetry(stack: Stack, policy: Partial<BulkPolicy> = {}) {
  const { ids, repair } = await manyStuckAtCharge(stack, 6);
  const workflowId = await beginRetry(stack, { first: 2, ...policy });
  await untilBulkSays(stack, workflowId, 'suspended by itself: 2 of the last 2 are still stuck');
  return { ids, repair, workflowId };
}

/** Waits until its page in the Web UI says so. */
export async function untilBulkSays(
  stack: Stack,
  workflowId: string,
  text: string | RegExp,
): Promise<void> {
  await eventually(async () => expect(await detailsOf(stack, workflowId)).toMatch(text), 60_000);
}
