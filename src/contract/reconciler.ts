/** The reconciler: compares the orders in MongoDB with their workflows, Payments and Inventory. */
import { defineSignal } from '@temporalio/workflow';
import type { Discrepancies, DiscrepancyKind } from '../domain/reconciliation.ts';
import type { OrderPolicy } from './order.ts';

export const RECONCILER_WORKFLOW = 'reconcileOrders';
export const RECONCILER_SCHEDULE_ID = 'orders-reconciler';
export const RECONCILE_ORDER_WORKFLOW = 'reconcileOrder';
export const RECONCILE_APPROVAL_WORKFLOW = 'reconcileApproval';

/** What the search attribute FailedStep says of an order that a person has to judge. */
export const RECONCILE_STEP = 'reconcile';

/** What the search attribute FailureType says of repairs that wait for a person's approval. */
export const HELD_BACK = 'heldBack';

export function reconcileOrderId(orderId: string): string {
  return `reconcile-${orderId}`;
}

/** One for each orders service in the namespace. */
export function reconcileApprovalId(taskQueue: string): string {
  return `reconcile-approval-${taskQueue}`;
}

export interface ReconcilePolicy {
  /** Between the first look at a discrepancy and the second: a write in flight is none. */
  graceMs: number;
  /** Between the looks at what a person has to judge: it closes by itself once all agree. */
  recheckMs: number;
  /** How far a run looks back before the last one: for clocks that differ. */
  overlapMs: number;
  /** How long after its last change a cancelled order is looked at again: money may come late. */
  againMs: number[];
  /** How much of the time since the last run one run makes up for, in looking again. */
  catchUpMs: number;
  /** Orders in a page, at most 500, and pages in a run: what is left is for the next run. */
  pageSize: number;
  maxPages: number;
  /** A run ends itself after it, and saves how far it is; and so it does when a review fails for so long. */
  maxRunMs: number;
  giveUpMs: number;
  /** Cases of one kind that a run opens by itself; with more of them, a person is asked first. */
  maxOfAKind: number;
  /** Events in the history of a case, before it continues as new. */
  maxEvents: number;
  /** How the steps that repair are repeated. */
  steps: OrderPolicy;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const reconcilePolicy: ReconcilePolicy = {
  graceMs: MINUTE,
  recheckMs: HOUR,
  overlapMs: 5 * MINUTE,
  againMs: [HOUR, DAY, 7 * DAY, 30 * DAY],
  catchUpMs: DAY,
  pageSize: 500,
  maxPages: 400,
  maxRunMs: 30 * MINUTE,
  giveUpMs: 15 * MINUTE,
  maxOfAKind: 20,
  maxEvents: 1_500,
  steps: {
    retryInitialMs: 1_000,
    retryMaxMs: 30_000,
    retryMs: 5 * MINUTE,
    stuckInitialMs: 5 * MINUTE,
    stuckMaxMs: 240 * MINUTE,
    transferPollMs: 5 * MINUTE,
    transferExpiryMs: 5 * MINUTE,
  },
};

/** A place in the list of orders by their last change; `at` in ISO 8601. */
export interface ChangeCursor {
  at: string;
  orderId: string;
}

export interface ReconcilerInput {
  policy: ReconcilePolicy;
  /** Looks at everything since then (ISO 8601), whatever earlier runs have looked at. */
  since?: string;
  /** A person allowed it to open a case for each order, however many there are. */
  isUnbounded?: boolean;
}

/** How many orders were not given a case, by what does not agree. */
export type HeldBack = Partial<Record<DiscrepancyKind, number>>;

/** What a run has done, and up to where. */
export interface ReconcilerResult {
  /** Where the next run goes on. */
  changedAfter: ChangeCursor;
  closedSince: string;
  looked: number;
  suspects: number;
  heldBack: HeldBack;
  /** Whether nothing that changed is left for the next run. */
  isComplete: boolean;
  /** Why it ended early: what is left is for the next run. */
  stopped?: string;
}

/** What a case shows to people, and takes with it when it continues as new. */
export interface Shown {
  /** ISO 8601. */
  since: string;
  notes: string[];
}

export interface ReconcileOrderInput {
  orderId: string;
  policy: ReconcilePolicy;
  /** Of a case that continued as new; and what it had found until then. */
  shown?: Shown;
  seen?: Discrepancies;
}

export interface ReconcileApprovalInput {
  policy: ReconcilePolicy;
  /** From when on there are orders that were held back; ISO 8601. */
  since: string;
  shown?: Shown;
}

/** A case ends when a person has seen to it. */
export const resolveReport = defineSignal<[{ by?: string; note?: string }]>('resolve');

/** A paid order whose workflow is gone gets another, and can be shipped. */
export const resumeOrder = defineSignal<[{ by?: string; note?: string }]>('resumeOrder');

/** A person allows what was held back. */
export const allowRepairs = defineSignal<[{ by?: string; note?: string }]>('allowRepairs');

/** A run has held orders back. */
export const holdBack = defineSignal<[{ since: string; heldBack: HeldBack }]>('holdBack');
