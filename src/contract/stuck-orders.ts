/** The page of all that is stuck: one workflow that lists it, and begins actions on all of it. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { type BulkAction, type BulkPolicy, type BulkRequest, bulkPolicy } from './bulk-action.ts';

export const STUCK_ORDERS_WORKFLOW = 'stuckOrders';
export const STUCK_ORDERS_WORKFLOW_ID = stuckOrdersWorkflowId('orders');

/** Each task queue has a page of its own: the namespace may be shared. */
export function stuckOrdersWorkflowId(taskQueue: string): string {
  return `stuck-${taskQueue}`;
}

/** How often the page is refreshed. Milliseconds. */
export interface StuckOrdersPolicy {
  /** Between two looks while something is stuck, and while nothing is. */
  busyMs: number;
  idleMs: number;
  /** How many stuck orders are looked at one by one; beyond that the server counts. */
  page?: number;
  /** Events before the workflow continues as new; a look is eleven of them. */
  maxEvents: number;
  /** How the actions on many go that are begun here. */
  bulk: BulkPolicy;
}

export const stuckOrdersPolicy: StuckOrdersPolicy = {
  busyMs: 15_000,
  idleMs: 300_000,
  maxEvents: 2_000,
  bulk: bulkPolicy,
};

export interface StuckOrdersInput {
  policy: StuckOrdersPolicy;
  /** What was noted before the workflow continued as new, newest first. */
  journal?: string[];
}

/** How the page of a task queue is started, if it is not there. */
export function stuckOrdersStart(taskQueue: string) {
  const input: StuckOrdersInput = { policy: stuckOrdersPolicy };
  return {
    workflowId: stuckOrdersWorkflowId(taskQueue),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [input],
    staticSummary: 'all stuck orders; bookmark this page',
  } as const;
}

/** Where to look after an action on many was begun, and how many orders fit. */
export interface BulkBegun {
  workflowId: string;
  matched: number;
}

/** Begins an action on many, and answers where it can be watched; a Signal does the same. */
export const bulkUpdate = (action: BulkAction) => defineUpdate<BulkBegun, [BulkRequest]>(action);

export const bulkSignal = (action: BulkAction) => defineSignal<[BulkRequest]>(action);

/** Looks again now. */
export const refreshStuckOrders = defineSignal('refresh');
