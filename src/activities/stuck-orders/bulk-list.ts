import type { Client } from '@temporalio/client';
import { BULK_ACTION_WORKFLOW, BULK_PROGRESS } from '../../contract/bulk-action.ts';
import { quoted } from '../../visibility/stuck-query.ts';

/** An action on many, as it is listed. */
export interface ListedBulk {
  workflowId: string;
  /** What is done, by whom, and how far it is. */
  progress: string;
  /** When it ended; absent while it is under way. */
  endedAt?: string;
}

const MOST = 20;

/** The actions on many, those that are under way first, then those that ended last. */
export async function listBulk(client: Client, taskQueue: string): Promise<ListedBulk[]> {
  const query = `TaskQueue = ${quoted(taskQueue)} AND WorkflowType = ${quoted(BULK_ACTION_WORKFLOW)} AND ExecutionStatus != "ContinuedAsNew"`;
  const listed: ListedBulk[] = [];
  for await (const found of client.workflow.list({ query, pageSize: MOST })) {
    const { workflowId, memo, status, closeTime } = found;
    const told = memo?.[BULK_PROGRESS]?.toString() ?? '';
    const cutOff = ['RUNNING', 'COMPLETED'].includes(status.name) ? '' : ` (${status.name})`;
    listed.push({
      ...{ workflowId, progress: `${told}${cutOff}` },
      ...(closeTime && { endedAt: closeTime.toISOString() }),
    });
    if (listed.length === MOST) break;
  }
  return listed;
}
