/** The reconciler: compares the orders in MongoDB with their workflows, Payments and Inventory. */
import { defineSignal } from '@temporalio/workflow';
import type { OrderPolicy } from './contract.ts';

export const RECONCILER_WORKFLOW = 'reconcileOrders';
export const RECONCILER_SCHEDULE_ID = 'orders-reconciler';
export const RECONCILE_ORDER_WORKFLOW = 'reconcileOrder';

/** What the search attribute FailedStep says of an order that a person has to judge. */
export const RECONCILE_STEP = 'reconcile';

export function reconcileOrderId(orderId: string): string {
  return `reconcile-${orderId}`;
}

export interface ReconcilePolicy {
  /** Between the first look at a disagreement and the second: a write in flight is none. */
  graceMs: number;
  /** How far a run looks back before the last one: for clocks that differ. */
  overlapMs: number;
  /** How long after its last change a cancelled order is looked at again: money may come late. */
  againMs: number[];
  /** Orders in a page, and pages in a run: what is left is for the next run. */
  pageSize: number;
  maxPages: number;
  /** How the steps that mend are repeated. */
  steps: OrderPolicy;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const reconcilePolicy: ReconcilePolicy = {
  graceMs: MINUTE,
  overlapMs: 5 * MINUTE,
  againMs: [HOUR, DAY, 7 * DAY, 30 * DAY],
  pageSize: 100,
  maxPages: 200,
  steps: {
    retryInitialMs: 1_000,
    retryMaxMs: 30_000,
    patientMs: 5 * MINUTE,
    parkedInitialMs: 5 * MINUTE,
    parkedMaxMs: 240 * MINUTE,
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
}

/** What a run has done, and up to where. */
export interface ReconcilerResult {
  /** Where the next run goes on. */
  changedAfter: ChangeCursor;
  closedSince: string;
  looked: number;
  suspects: number;
}

export interface ReconcileOrderInput {
  orderId: string;
  policy: ReconcilePolicy;
}

/** Ends a report: a person has seen to it. */
export const resolveReport = defineSignal<[{ by?: string; note?: string }]>('resolve');
