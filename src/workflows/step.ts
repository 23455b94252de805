import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { OrderPolicy } from '../contract.ts';
import type { Attention } from './attention.ts';
import { type Failure, failureOf } from './failure.ts';
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

export interface Steps {
  step: Step;
  /** Two steps at once: both first attempts end before either of them goes on. */
  together<A extends StepName, B extends StepName>(
    a: [A, Parameters<Activities[A]>],
    b: [B, Parameters<Activities[B]>],
  ): Promise<[Result<A>, Result<B>]>;
}

/**
 * Every step has three stages. Quick: one attempt inside the workflow task (for the charge, which
 * may be slow, a regular activity). Patient: a regular activity, repeated for minutes. Parked: the
 * order waits for a person or better weather. Stages repeat one another's work, so each activity
 * is idempotent by a key made from the order id.
 */
export function createSteps(policy: OrderPolicy, attention: Attention): Steps {
  let turn: Promise<unknown> = Promise.resolve();

  async function step<Name extends StepName>(
    name: Name,
    args: Parameters<Activities[Name]>,
    options: StepOptions = {},
  ): Promise<Result<Name>> {
    const first = () => attempt<Name>(quick(name), args);
    const [outcome] = await Promise.allSettled([
      recipes[name].inWorkflowTask ? inTurn(first) : first(),
    ]);
    return goOn(name, args, options, outcome);
  }

  async function together<A extends StepName, B extends StepName>(
    [a, argsA]: [A, Parameters<Activities[A]>],
    [b, argsB]: [B, Parameters<Activities[B]>],
  ): Promise<[Result<A>, Result<B>]> {
    const [first, second] = await inTurn(() =>
      Promise.allSettled([attempt<A>(quick(a), argsA), attempt<B>(quick(b), argsB)]),
    );
    return Promise.all([goOn(a, argsA, {}, first), goOn(b, argsB, {}, second)]);
  }

  /**
   * Local activities take turns. Live, each of several at once ends in an activation of its own; on
   * replay they end in one, and the commands that follow would come in another order.
   */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = turn.then(run, run);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function goOn<Name extends StepName>(
    name: Name,
    args: Parameters<Activities[Name]>,
    { onTrouble, mayGiveUp = false }: StepOptions,
    first: PromiseSettledResult<Result<Name>>,
  ): Promise<Result<Name>> {
    if (first.status === 'fulfilled') return first.value;
    passOn(first.reason);
    onTrouble?.();
    let failure: Failure;
    try {
      return await attempt<Name>(patient(name), args);
    } catch (error) {
      passOn(error);
      failure = failureOf(error);
    }
    if (mayGiveUp) throw new GaveUp(name);
    return parked(name, failure, (call) => attempt<Name>(call, args));
  }

  function attempt<Name extends StepName>(call: Call, args: unknown[]): Promise<Result<Name>> {
    return call(...args) as Promise<Result<Name>>;
  }

  function quick(name: StepName): Call {
    const { attemptMs, inWorkflowTask } = recipes[name];
    const retry = { maximumAttempts: 1 };
    return inWorkflowTask
      ? local({ startToCloseTimeout: policy.quickMs, retry, cancellationType: WAIT })[name]
      : regular({ ...REGULAR, startToCloseTimeout: attemptMs, retry })[name];
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
  async function parked<T>(
    name: StepName,
    failure: Failure,
    attempt: (call: Call) => Promise<T>,
  ): Promise<T> {
    const stuck = attention.park(name, failure);
    try {
      for (let round = 0; ; round++) {
        const pause = Math.min(
          policy.parkedInitialMs * 2 ** Math.min(round, 30),
          policy.parkedMaxMs,
        );
        const waiting = new CancellationScope();
        stuck.onRetry = () => waiting.cancel();
        try {
          return await waiting.run(() => attempt(slow(name, pause, round, stuck.summary)));
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

  return { step, together };
}

const WAIT = 'WAIT_CANCELLATION_COMPLETED';
/** An attempt says every second that it is alive: a worker that died is missed after a few. */
const REGULAR = { heartbeatTimeout: '3s', cancellationType: WAIT } as const;

const local = proxyLocalActivities<Record<StepName, Call>>;
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
