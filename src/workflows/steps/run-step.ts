import {
  type ActivityOptions,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import {
  type AskedFor,
  type AttemptInfo,
  ORDER_CONFLICT,
  type OrderPolicy,
} from '../../contract/order.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import { asAttempt } from './attempt-header.ts';
import { type Failure, failureOf, followedBy } from './failure.ts';
import { LATER } from './priority.ts';
import { asRefusal } from './refusal-conversion.ts';
import { type StepActivities, type StepName, stepNames, stepOptions } from './step-options.ts';
import { summaryOf } from './step-summary.ts';

type Call = (input: unknown) => Promise<unknown>;

export interface RunOptions {
  /** Called once, when the first attempt has failed and the step goes on trying. */
  onTrouble?: () => void;
  /** Whether a step that failed so for its time ends with GaveUp; else the order is stuck. */
  givesUp?: (failure: Failure) => boolean;
}

/**
 * The side effects of an order, each by the name of its activity. Each runs until it is done or
 * refused: throws Refusal, GaveUp if the options allow it, Conflict, or the cancellation of its
 * scope; an attempt that is under way is never aborted.
 */
export type Steps = {
  [Name in StepName]: (
    input: Parameters<StepActivities[Name]>[0],
    options?: RunOptions,
  ) => ReturnType<StepActivities[Name]>;
};

/** A step that was neither done nor refused in its time; its effect may still be there. */
export class GaveUp extends Error {
  constructor(readonly step: StepName) {
    super(`${step} did not succeed in time`);
  }
}

/** What is recorded contradicts what the workflow knows: repeating the step cannot help. */
export class Conflict extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** From the second round on an order notes less often how its attempts fail: a year is long. */
const ATTEMPTS_PER_ROUND = 8;
const MAX_DOUBLINGS = 4;

/**
 * Every step is a regular activity: the history has it before it runs, so a workflow task that is
 * lost has done nothing. It is retried for minutes; then the order is stuck, and the server goes on
 * slowly, which costs no history, until an attempt succeeds or a person decides. Attempts repeat
 * one another's work, so each activity is idempotent by a key made from the order id.
 */
export function createSteps(policy: OrderPolicy, stuckState: StuckState): Steps {
  const steps = stepNames.map((name) => [
    name,
    (input: unknown, options?: RunOptions) => run(name, input, options),
  ]);
  return Object.fromEntries(steps) as Steps;

  async function run(
    name: StepName,
    input: unknown,
    { onTrouble, givesUp }: RunOptions = {},
  ): Promise<unknown> {
    let failure: Failure | undefined;
    // Whoever wants to know of the first failure has it as an activity of its own.
    for (const attempts of onTrouble ? [1, attemptsIn(name)] : [attemptsIn(name)]) {
      try {
        const summary = summaryOf(name, input);
        const options = { ...retrying(name, attempts), ...(summary && { summary }) };
        const call = attempt(name, options, { retryMs: retryMsOf(name) });
        return await call(input);
      } catch (error) {
        passOn(error);
        failure = followedBy(failure, failureOf(error));
      }
      if (attempts === 1) onTrouble?.();
    }
    if (failure !== undefined && givesUp?.(failure)) throw new GaveUp(name);
    return whileStuck(name, input, failure as Failure);
  }

  function retryMsOf(name: StepName): number {
    return Math.min(stepOptions[name].retryMs, policy.retryMs);
  }

  /** The activity ends its retries by time; this bounds those that cannot tell, as they crash. */
  function attemptsIn(name: StepName): number {
    return 1 + pausesIn(retryMsOf(name), policy.retryInitialMs, policy.retryMaxMs);
  }

  function retrying(name: StepName, maximumAttempts: number): ActivityOptions {
    return {
      startToCloseTimeout: stepOptions[name].attemptMs,
      retry: {
        initialInterval: policy.retryInitialMs,
        maximumInterval: policy.retryMaxMs,
        maximumAttempts,
      },
      ...(name === 'publishEvents' && { priority: LATER }),
    };
  }

  /** A manual retry replaces the waiting attempt by one that starts now, and changes no pause. */
  async function whileStuck(name: StepName, input: unknown, first: Failure): Promise<unknown> {
    const stuck = stuckState.add(name, first);
    let asked: AskedFor | undefined;
    try {
      for (let round = 0; ; ) {
        const pauseMs = Math.min(policy.stuckInitialMs * 2 ** round, policy.stuckMaxMs);
        const waiting = new CancellationScope();
        const options = {
          ...slowly(name, pauseMs, round, stuck.summary),
          ...(asked !== 'alone' && { priority: LATER }),
        };
        const call = attempt(name, options, asked && { asked });
        asked = undefined;
        stuck.onRetry = (by) => {
          asked = by;
          waiting.cancel();
        };
        stuck.triesAgain(pauseMs);
        try {
          return await waiting.run(() => call(input));
        } catch (error) {
          if (asked !== undefined && !CancellationScope.current().consideredCancelled) {
            if (!isCancellation(error)) stuck.failedAgain(answerOr(error));
            continue;
          }
          passOn(error);
          stuck.failedAgain(failureOf(error));
        }
        round = Math.min(round + 1, MAX_DOUBLINGS);
      }
    } finally {
      stuckState.remove(stuck);
    }
  }

  function slowly(name: StepName, pauseMs: number, round: number, summary: string) {
    return {
      startToCloseTimeout: stepOptions[name].attemptMs,
      retry: {
        initialInterval: pauseMs,
        maximumInterval: policy.stuckMaxMs,
        maximumAttempts: ATTEMPTS_PER_ROUND * 2 ** round,
      },
      summary,
    };
  }
}

/** A worker that died is missed after this; an attempt says every second that it is alive. */
const HEARTBEAT_TIMEOUT = '4s';

/** The call of a step's activity, which throws when its scope is cancelled already. */
function attempt(
  name: StepName,
  options: ActivityOptions,
  more: Pick<AttemptInfo, 'asked' | 'retryMs'> = {},
): Call {
  const { initialInterval, maximumInterval } = options.retry ?? {};
  const activities = proxyActivities<Record<StepName, Call>>({
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    ...options,
  });
  const info = {
    initialIntervalMs: Number(initialInterval),
    maximumIntervalMs: Number(maximumInterval),
    ...more,
  };
  return (input) => {
    if (CancellationScope.current().consideredCancelled) {
      throw new CancelledFailure(`${name} is not wanted any more`);
    }
    return asAttempt(info, () => activities[name](input));
  };
}

/** How many pauses, each twice as long as the one before, fit into this time. */
function pausesIn(totalMs: number, initialMs: number, maximumMs: number): number {
  let pauses = 0;
  for (let pauseMs = initialMs, leftMs = totalMs; leftMs > 0; pauses++) {
    leftMs -= pauseMs;
    pauseMs = Math.min(pauseMs * 2, maximumMs);
  }
  return pauses;
}

/** Throws what is an answer, or the end of what was wanted; a failure is for the next attempt. */
function passOn(error: unknown): void {
  if (isCancellation(error)) throw error;
  const refusal = asRefusal(error);
  if (refusal !== undefined) throw refusal;
  const failure = failureOf(error);
  if (failure.type === ORDER_CONFLICT) throw new Conflict(failure);
}

function answerOr(error: unknown): Failure {
  passOn(error);
  return failureOf(error);
}
