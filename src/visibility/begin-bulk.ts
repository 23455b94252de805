import type { Client } from '@temporalio/client';
import {
  BULK_ACTION_WORKFLOW,
  type BulkInput,
  type BulkPolicy,
  bulkActionStart,
  bulkActions,
} from '../contract/bulk-action.ts';
import type { BulkBegun } from '../contract/stuck-orders.ts';
import { actionQuery } from './stuck-query.ts';

/** Begins an action on many, unless there are none; one for the same group is resumed instead. */
export async function beginBulk(
  client: Client,
  taskQueue: string,
  input: Omit<BulkInput, 'policy'>,
  policy?: BulkPolicy,
): Promise<BulkBegun> {
  const start = bulkActionStart(taskQueue, input, policy);
  const { workflowId } = start;
  const query = actionQuery(taskQueue, bulkActions[input.action], input);
  const { count: matched } = await client.workflow.count(query);
  if (matched > 0) await client.workflow.signalWithStart(BULK_ACTION_WORKFLOW, start);
  return { workflowId, matched };
}
