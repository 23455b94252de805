/** An action on many stuck orders: a workflow for each group of them, which people steer. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';

export const BULK_ACTION_WORKFLOW = 'bulkAction';

/** What people call it, and what is done to each order. */
export const bulkActions = { retryStuck: 'retry', cancelStuck: 'cancelOrder' } as const;

export type BulkAction = keyof typeof bulkActions;

/** Which stuck orders are meant (all of them when empty), who does it, why, and how fast. */
export interface BulkRequest {
  failedStep?: string;
  failureType?: string;
  by?: string;
  note?: string;
  /** The most orders that are told in a second. */
  perSecond?: number;
}

/** How carefully it goes. Milliseconds. */
export interface BulkPolicy {
  /** The longest that told orders are watched, and for how long nothing may change. */
  settleMs: number;
  quietMs: number;
  /** How many orders try first whether it helps; each time that it does, twice as many are next. */
  first: number;
  /** Never more at once, however fast it goes. */
  most: number;
  /** Events before the workflow continues as new; a chunk is about eight of them. */
  maxEvents: number;
}

export const bulkPolicy: BulkPolicy = {
  settleMs: 120_000,
  quietMs: 10_000,
  first: 10,
  most: 500,
  maxEvents: 2_000,
};

export const DEFAULT_PER_SECOND = 20;
export const PER_SECOND_LIMITS = { min: 0.1, max: 1_000 } as const;

export interface BulkInput extends BulkRequest {
  action: BulkAction;
  by: string;
  policy: BulkPolicy;
  /** Where it was when it continued as new. */
  progress?: BulkProgress;
}

/** The orders that fitted, that were told, and that were still stuck when nothing changed any more. */
export interface BulkOutcome {
  matched: number;
  signalled: number;
  stillStuck: number;
}

export interface BulkProgress extends BulkOutcome {
  /** How many fitted at the beginning. */
  expected: number;
  /** Where the next chunk begins, and how many orders it has. */
  after?: string;
  size: number;
  perSecond: number;
  /** Whether the chunk that is next has failed once. */
  hasFailed?: boolean;
  /** How fast the last chunk was. */
  lately?: number;
  /** Why it waits for a person; absent while it goes on. */
  suspended?: string;
}

/** What a person says along; `perSecond` only with `resume`. */
export type SteeringInput = Pick<BulkRequest, 'by' | 'note' | 'perSecond'>;

/** How people steer it, each as an Update and as a Signal. */
export const bulkSteering = { suspend: 'suspend', resume: 'resume', stop: 'stop' } as const;

export type BulkSteering = keyof typeof bulkSteering;

export const steeringSignal = (name: BulkSteering) => defineSignal<[SteeringInput]>(name);

export const steeringUpdate = (name: BulkSteering) => defineUpdate<void, [SteeringInput]>(name);

/** The memo that tells lists how far it is: one line. */
export const BULK_PROGRESS = 'progress';

/**
 * How it is started by Signal-with-Start. The same group has one at a time: who asks for it again
 * resumes the one that is there.
 */
export function bulkActionStart(
  taskQueue: string,
  input: Omit<BulkInput, 'policy'>,
  policy = bulkPolicy,
) {
  const { action, failedStep = 'all', failureType = 'all', by, note, perSecond } = input;
  const resumed: SteeringInput = { by, ...(note && { note }), ...(perSecond && { perSecond }) };
  const group = `${bulkActions[action]}-${taskQueue}-${failedStep}-${failureType}`;
  return {
    workflowId: `bulk-${group}`,
    taskQueue,
    args: [{ ...input, policy }] as [BulkInput],
    memo: { [BULK_PROGRESS]: 'about to begin' },
    staticSummary: `${action}: ${placeOf(input)}`,
    signal: steeringSignal('resume'),
    signalArgs: [resumed] as [SteeringInput],
  };
}

/** Which group is meant, for people. */
export function placeOf({ failedStep, failureType }: BulkRequest): string {
  return [failedStep, failureType].filter(Boolean).join(', ') || 'everywhere';
}
