/** The page of all that is stuck: one workflow that lists it, and moves it in one action. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';

export const STUCK_ORDERS_WORKFLOW = 'stuckOrders';
export const STUCK_ORDERS_WORKFLOW_ID = stuckOrdersWorkflowId('orders');

/** Each task queue has a page of its own: the namespace may be shared. */
export function stuckOrdersWorkflowId(taskQueue: string): string {
  return `stuck-${taskQueue}`;
}

/** How often the page is refreshed, and how long orders are watched. Milliseconds. */
export interface StuckOrdersPolicy {
  /** Between two looks while something is stuck, and while nothing is. */
  busyMs: number;
  idleMs: number;
  /** The longest that the orders of a batch are watched, and for how long nothing may change. */
  settleMs: number;
  quietMs: number;
  /** How many orders are signalled at once; the next are when these have moved, or will not. */
  batch: number;
  /** How many stuck orders are looked at one by one; beyond that the server counts. */
  page?: number;
  /** Events before the workflow continues as new; a look is eleven of them, a batch six. */
  maxEvents: number;
}

export const stuckOrdersPolicy: StuckOrdersPolicy = {
  busyMs: 15_000,
  idleMs: 300_000,
  settleMs: 120_000,
  quietMs: 10_000,
  batch: 500,
  maxEvents: 2_000,
};

export interface StuckOrdersInput {
  policy: StuckOrdersPolicy;
  /** What was done before the workflow continued as new, newest first. */
  journal?: string[];
  /** How the last actions ended that a program asked for, by their ids. */
  outcomes?: [string, BulkOutcome][];
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

/** Which stuck orders to move (all of them when empty), who does it, and why. */
export interface BulkRequest {
  failedStep?: string;
  failureType?: string;
  by?: string;
  note?: string;
  /** For programs: what they ask for the outcome with. */
  actionId?: string;
}

/** What became of an action: the orders that fitted, that were signalled, that are still stuck. */
export interface BulkOutcome {
  matched: number;
  signalled: number;
  stillStuck: number;
}

/** The actions, each as an Update, which answers, and as a Signal, with the outcome in the details. */
export const bulkActions = { retryStuck: 'retry', cancelStuck: 'cancelOrder' } as const;

export type BulkAction = keyof typeof bulkActions;

export const bulkUpdate = (action: BulkAction) => defineUpdate<BulkOutcome, [BulkRequest]>(action);

export const bulkSignal = (action: BulkAction) => defineSignal<[BulkRequest]>(action);

/** Answers when the action with this id has ended; fails with a problem code if there is none. */
export const awaitAction = defineUpdate<BulkOutcome, [{ actionId: string }]>('awaitAction');

/** Looks again now. */
export const refreshStuckOrders = defineSignal('refresh');
