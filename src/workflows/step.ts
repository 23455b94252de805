import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import { BY_HAND, type OrderPolicy } from '../contract.ts';
import type { Attention } from './attention.ts';
import { type Failure, failureOf } from './failure.ts';
import { FirstAttempts } from './first-attempts.ts';
import { recipes, type StepName } from './recipes.ts';
import { asRefusal } from './refusals.ts';

type Result<Name extends StepName> =
  ReturnType<Activities[Name]> extends Promise<infer R> ? R : never;
type Call = (...args: unknown[]) => Promise<unknown>;

export interface StepOptions {
  /** Called once, when the first attempt has failed and the step goes on trying. */
  onTrouble?: () => void;
  /** Whether the step may end with GaveUp instead of parking the order. */
  mayGiveUp?: boolean;
}

/**
 * Runs one side effect of the order until it says yes or no. Throws Refusal, GaveUp if the options
 * allow it, or the cancellation of its scope; an attempt that is under way is never aborted.
 */
export type Step = <Name extends StepName>(
  name: Name,
  args: Parameters<Activities[Name]>,
  options?: StepOptions,
) => Promise<Result<Name>>;

/** A step that did not say yes or no in its time; its effect may still be there. */
export class GaveUp extends Error {
  constructor(readonly step: StepName) {
    super(`${step} did not succeed in time`);
  }
}

const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * Every step has three stages. Quick: one attempt inside the workflow task (for the charge, which
 * may be slow, a regular activity). Patient: a regular activity, repeated for minutes. Parked: the
 * order waits for a person or better weather. Stages repeat one another's work, so each activity
 * is idempotent by a key made from the order id.
 */
export function createSteps(policy: OrderPolicy, attention: Attention): Step {
  const quick = new FirstAttempts(policy.quickMs);

  return async function step<Name extends StepName>(
    name: Name,
    args: Parameters<Activities[Name]>,
    { onTrouble, mayGiveUp = false }: StepOptions = {},
  ): Promise<Result<Name>> {
    const first = await firstAttempt(name, args);
    if (first !== undefined) return first.value as Result<Name>;
    onTrouble?.();
    let failure: Failure;
    try {
      return (await patient(name)(...args)) as Result<Name>;
    } catch (error) {
      passOn(error);
      failure = failureOf(error);
    }
    if (mayGiveUp) throw new GaveUp(name);
    return (await parked(name, args, failure)) as Result<Name>;
  };

  /** What it answered, or undefined when it failed. */
  async function firstAttempt(
    name: StepName,
    args: unknown[],
  ): Promise<{ value?: unknown } | undefined> {
    const { attemptMs, inWorkflowTask } = recipes[name];
    if (CancellationScope.current().consideredCancelled) {
      throw new CancelledFailure(`${name} is not wanted any more`);
    }
    if (inWorkflowTask) return quick.attempt(name, args);
    const once = { startToCloseTimeout: attemptMs, retry: { maximumAttempts: 1 } };
    try {
      return { value: await regular({ ...REGULAR, ...once })[name](...args) };
    } catch (error) {
      passOn(error);
      return undefined;
    }
  }

  function patient(name: StepName): Call {
    const { attemptMs, patientMs } = recipes[name];
    return regular({
      ...REGULAR,
      startToCloseTimeout: attemptMs,
      scheduleToCloseTimeout: Math.min(patientMs, policy.patientMs),
      retry: { initialInterval: policy.retryInitialMs, maximumInterval: policy.retryMaxMs },
    })[name];
  }

  /**
   * The server repeats the attempt, ever more slowly, which costs no history: a parked order can
   * wait for years. A retry by hand replaces the waiting attempt by one that starts now.
   */
  async function parked(name: StepName, args: unknown[], failure: Failure): Promise<unknown> {
    const stuck = attention.park(name, failure);
    let byHand: unknown[] = [];
    try {
      for (let round = 0; ; round++) {
        const pause = Math.min(
          policy.parkedInitialMs * 2 ** Math.min(round, 30),
          policy.parkedMaxMs,
        );
        const waiting = new CancellationScope();
        const attempt = slow(name, pause, round, stuck.summary);
        const marked = [...args, ...byHand];
        byHand = [];
        stuck.onRetry = () => {
          byHand = [BY_HAND];
          waiting.cancel();
        };
        try {
          return await waiting.run(() => attempt(...marked));
        } catch (error) {
          if (!isRetriedByHand(error)) {
            passOn(error);
            stuck.failedAgain(failureOf(error));
          }
        }
      }
    } finally {
      attention.unpark(stuck);
    }
  }

  function slow(name: StepName, pause: number, round: number, summary: string): Call {
    return regular({
      ...REGULAR,
      startToCloseTimeout: recipes[name].attemptMs,
      // From time to time the order takes note of how its attempts fail now.
      scheduleToCloseTimeout: Math.min(
        Math.max(pause, 1000) * 8 * 2 ** Math.min(round, 20),
        WEEK_MS,
      ),
      retry: { initialInterval: pause, maximumInterval: policy.parkedMaxMs },
      summary,
    })[name];
  }
}

const WAIT = 'WAIT_CANCELLATION_COMPLETED';
/** An attempt says every second that it is alive: a worker that died is missed after a few. */
const REGULAR = { heartbeatTimeout: '2s', cancellationType: WAIT } as const;

const regular = proxyActivities<Record<StepName, Call>>;

/** The waiting attempt was cancelled, and not because the step itself is. */
function isRetriedByHand(error: unknown): boolean {
  return isCancellation(error) && !CancellationScope.current().consideredCancelled;
}

/** Ends the step for what is an answer; a failure is for the next stage. */
function passOn(error: unknown): void {
  if (isCancellation(error)) throw error;
  const refusal = asRefusal(error);
  if (refusal !== undefined) throw refusal;
}
