/** The desk: one long-lived workflow that lists all that is stuck, and moves it in one action. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';

export const DESK_WORKFLOW = 'ordersDesk';
export const DESK_WORKFLOW_ID = 'orders-desk';

/** How often the desk looks, and how long it watches what it has moved. Milliseconds. */
export interface DeskPolicy {
  /** Between two looks while something is stuck, and while nothing is. */
  busyMs: number;
  idleMs: number;
  /** The longest that an action is watched, and for how long nothing may change before that. */
  settleMs: number;
  quietMs: number;
  /** How many orders are signalled before the details show the progress. */
  batch: number;
  /** How long the history may get before the desk continues as new; a look is eleven events. */
  maxEvents: number;
}

export const deskPolicy: DeskPolicy = {
  busyMs: 15_000,
  idleMs: 300_000,
  settleMs: 30_000,
  quietMs: 10_000,
  batch: 100,
  maxEvents: 2_000,
};

export interface DeskInput {
  policy: DeskPolicy;
  /** What was done before the desk continued as new, newest first. */
  journal?: string[];
}

/** Which stuck orders to move (all of them when empty), who does it, and why. */
export interface DeskOrder {
  failedStep?: string;
  failureType?: string;
  by?: string;
  note?: string;
}

/** What became of an action: the orders that fitted, that were signalled, that are parked still. */
export interface DeskOutcome {
  matched: number;
  signalled: number;
  stillStuck: number;
}

/** The desk's actions, each as an Update, which answers, and as a Signal, with the outcome in the details. */
export const deskActions = { retryStuck: 'retry', cancelStuck: 'cancelOrder' } as const;

export type DeskAction = keyof typeof deskActions;

export const deskUpdate = (action: DeskAction) => defineUpdate<DeskOutcome, [DeskOrder]>(action);

export const deskSignal = (action: DeskAction) => defineSignal<[DeskOrder]>(action);

/** Looks again now. */
export const refreshDesk = defineSignal('refresh');
