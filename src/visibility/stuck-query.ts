/**
 * What is stuck: the one definition, as queries of Temporal's visibility store, for all who list,
 * count or move it. A workflow is stuck that is open, whatever its type, and that needs attention,
 * or whose workflow task keeps failing, or that somebody has paused, or a
 * step of it. Several services may share a
 * namespace, so only one task queue is meant.
 */
import { IMPORTED_ORDER_WORKFLOW } from '../contract/imported-order.ts';
import { ORDER_WORKFLOW, REVIEW } from '../contract/order.ts';
import { RECONCILE_STEP } from '../contract/reconciler.ts';

/** Which of the stuck workflows are meant. The values go into a query: they are words. */
export interface StuckFilter {
  failedStep?: string | undefined;
  failureType?: string | undefined;
}

/** A step and how it failed: what is at the same place is shown, and usually moved, together. */
export interface StuckPlace {
  step: string;
  failure: string;
}

/** Where a workflow is that needs no attention by itself: nothing reaches it as it is. */
export const TASK_FAILS: StuckPlace = { step: 'code', failure: 'workflow_task' };
export const PAUSED: StuckPlace = { step: 'paused', failure: 'workflow_paused' };
/** A step that waits, and that has not failed for long enough to make the workflow stuck. */
export const PAUSED_STEP: StuckPlace = { step: 'pausedStep', failure: 'step_paused' };

/** A query has to stay short: so many ids at most. */
export const IDS_IN_A_QUERY = 100;

const ORDER_TYPES = [ORDER_WORKFLOW, IMPORTED_ORDER_WORKFLOW].map(quoted).join(', ');

const NEEDS_ATTENTION = 'NeedsAttention = true';
const NO_ATTENTION = '(NeedsAttention = false OR NeedsAttention IS NULL)';
/** At a step that failed, whether a person is needed for it or not. */
const AT_A_STEP = 'FailedStep IS NOT NULL';
const HAS_PROBLEMS = 'TemporalReportedProblems IS NOT NULL';
/** The server names here what is paused: the workflow, or steps of it. */
const HAS_PAUSE = 'TemporalPauseInfo IS NOT NULL';

const ofTaskFails = `${NO_ATTENTION} AND ${HAS_PROBLEMS}`;
const ofPaused = `${NO_ATTENTION} AND ExecutionStatus = "Paused" AND TemporalReportedProblems IS NULL`;
const ofPausedStep = `${NO_ATTENTION} AND ${HAS_PAUSE} AND ExecutionStatus = "Running" AND TemporalReportedProblems IS NULL`;

/** The steps and failures that are no search attributes. */
const special: Readonly<Record<string, string>> = {
  [TASK_FAILS.step]: ofTaskFails,
  [TASK_FAILS.failure]: ofTaskFails,
  [PAUSED.step]: ofPaused,
  [PAUSED.failure]: ofPaused,
  [PAUSED_STEP.step]: ofPausedStep,
  [PAUSED_STEP.failure]: ofPausedStep,
};

/**
 * All that a person has to see to; and what waits for the broker, if just its step is asked for.
 * Throws TypeError for a filter that is no word.
 */
export function stuckQuery(taskQueue: string, filter: StuckFilter = {}): string {
  const isAtStep = filter.failedStep !== undefined && !(filter.failedStep in special);
  return isAtStep
    ? all(openQuery(taskQueue), AT_A_STEP, ...conditions(filter))
    : all(
        openQuery(taskQueue),
        `(ExecutionStatus = "Paused" OR ${NEEDS_ATTENTION} OR ${HAS_PROBLEMS} OR ${HAS_PAUSE})`,
        ...conditions(filter),
      );
}

/** Orders that go on, and whose events wait for the broker. */
export function waitingQuery(taskQueue: string): string {
  return all(openQuery(taskQueue), AT_A_STEP, 'NeedsAttention = false');
}

function openQuery(taskQueue: string): string {
  return `TaskQueue = "${taskQueue}" AND ExecutionStatus IN ("Running", "Paused")`;
}

/**
 * The stuck workflows that an action on many means: whatever waits at a step. Discrepancies are
 * settled one by one, only orders can be cancelled, and not those that only wait for the broker.
 */
export function actionQuery(
  taskQueue: string,
  action: 'retry' | 'cancelOrder',
  filter: StuckFilter,
): string {
  return all(
    openQuery(taskQueue),
    AT_A_STEP,
    ...conditions(filter),
    `FailedStep != "${RECONCILE_STEP}"`,
    // Held for a review: that is decided one by one, unless just those are meant.
    ...(filter.failureType === undefined ? [`FailureType != "${REVIEW}"`] : []),
    ...(action === 'cancelOrder' ? [NEEDS_ATTENTION, `WorkflowType IN (${ORDER_TYPES})`] : []),
  );
}

/** Those of these workflows that are still at a step that failed. */
export function stillStuckQuery(taskQueue: string, workflowIds: readonly string[]): string {
  return all(openAmongQuery(taskQueue, workflowIds), AT_A_STEP);
}

/** Those of these workflows that are open. */
export function openAmongQuery(taskQueue: string, workflowIds: readonly string[]): string {
  return all(openQuery(taskQueue), `WorkflowId IN (${workflowIds.map(quoted).join(', ')})`);
}

/** Paid orders that should have left by now. */
export function overdueQuery(taskQueue: string, now: Date): string {
  return all(openQuery(taskQueue), 'OrderStatus = "PAGADO"', `ShipBy < "${now.toISOString()}"`);
}

/** Of what a query finds, what cannot act: its workflow task fails. */
export function failingQuery(query: string): string {
  return all(query, HAS_PROBLEMS);
}

/** Of what a query finds, what has a paused step. */
export function pausedStepQuery(query: string): string {
  return all(query, 'ExecutionStatus = "Running"', HAS_PAUSE);
}

/** Of what a query finds, what is at one place. */
export function placeQuery(query: string, { step, failure }: StuckPlace): string {
  const condition = special[step] ?? `FailedStep = ${quoted(step)}`;
  if (step in special) return all(query, condition);
  return all(query, NEEDS_ATTENTION, condition, `FailureType = ${quoted(failure)}`);
}

/** Of what a query finds, what waits at another step or for another reason than these. */
export function elsewhereQuery(query: string, places: readonly StuckPlace[]): string {
  const others = places.map(
    ({ step, failure }) => `(FailedStep != ${quoted(step)} OR FailureType != ${quoted(failure)})`,
  );
  return all(query, NEEDS_ATTENTION, ...others);
}

/** Of what a query finds, what is older than a time, by an attribute that holds times. */
export function beforeQuery(query: string, attribute: TimeAttribute, before: Date): string {
  return all(query, `${attribute} < "${before.toISOString()}"`);
}

/** Of what a query finds, what is as old as a time or younger. */
export function sinceQuery(query: string, attribute: TimeAttribute, since: Date): string {
  return all(query, `${attribute} >= "${since.toISOString()}"`);
}

export type TimeAttribute = 'StuckSince' | 'StartTime';

/** Which attribute says for how long workflows are at a place. */
export function timeAttributeOf({ step }: StuckPlace): TimeAttribute {
  return step in special ? 'StartTime' : 'StuckSince';
}

function conditions({ failedStep, failureType }: StuckFilter): string[] {
  return [
    ...(failedStep ? [special[failedStep] ?? `FailedStep = "${word(failedStep)}"`] : []),
    ...(failureType ? [special[failureType] ?? `FailureType = "${word(failureType)}"`] : []),
  ];
}

function all(...parts: string[]): string {
  return parts.join(' AND ');
}

function word(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw new TypeError('a filter must be a word');
  return text;
}

export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
