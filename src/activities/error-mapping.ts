import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { bypassBreaker } from '../clients/http/breaker.ts';
import { LeftAlone, ServiceFailure } from '../clients/http/service-failure.ts';
import { ORDER_CONFLICT } from '../contract/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { OrderConflict } from '../store/order-store.ts';
import { progressSoFar, reportProgress, withHeartbeats } from './heartbeats.ts';
import { attemptInfo } from './interceptors/attempt-info.ts';

type Functions = Record<string, (...args: never[]) => Promise<unknown>>;

/** Gives each activity the one place where it is decided whether its error may be retried. */
export function withFailures<T extends Functions>(activities: T): T {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    (...args: never[]) =>
      withHeartbeats(async () => {
        try {
          return await (isAskedAlone() ? bypassBreaker(() => run(...args)) : run(...args));
        } catch (error) {
          throw asFailure(error);
        }
      }),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Whether a person asked for this very attempt; those that the server makes after it are its own. */
function isAskedAlone(): boolean {
  return attemptInfo()?.asked === 'alone' && activityInfo().attempt === 1;
}

/** How often one of many that are retried asks again soon whether a breaker lets it through. */
const SOON = 4;

/**
 * The pause of one of many that a breaker did not let through: nothing was tried, so it does not wait
 * for as long as a stuck order does. Spread, so that the many do not come back together.
 */
function soonAgainMs(error: unknown): number | undefined {
  const isOneOfMany = attemptInfo()?.asked === 'amongMany' && activityInfo().attempt <= SOON;
  if (!isOneOfMany || !(error instanceof LeftAlone)) return undefined;
  return Math.round((error.retryAfterMs ?? 0) * (1 + Math.random()));
}

/** A refusal carries its details; a failure the number of its attempt, for whoever is told. */
function asFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof Refusal) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      details: [error.details],
      nonRetryable: true,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  if (error instanceof OrderConflict) {
    const { message } = error;
    return ApplicationFailure.create({ type: ORDER_CONFLICT, message, nonRetryable: true });
  }
  return asFailedAttempt(error);
}

/** One that may be repeated, as long as the workflow has asked for. */
function asFailedAttempt(error: unknown): ApplicationFailure {
  const step = attemptInfo();
  const progress: Progress = { since: Date.now(), ...(step && progressSoFar<Progress>()) };
  const { type, message, retryAfterMs } = describe(error, progress);
  const soonMs = soonAgainMs(error);
  const pauseMs = soonMs ?? Math.max(retryAfterMs ?? 0, nextPauseMs());
  const { retryMs = Number.POSITIVE_INFINITY } = step ?? {};
  // Other activities have a progress of their own.
  if (step !== undefined) reportProgress(progress);
  return ApplicationFailure.create({
    type,
    message,
    details: [{ attempt: activityInfo().attempt }],
    nonRetryable: Date.now() + pauseMs - progress.since > retryMs,
    // A service may ask for a longer pause than the retry policy makes, never for a shorter one.
    nextRetryDelay: [soonMs, retryAfterMs].includes(pauseMs) ? pauseMs : undefined,
  });
}

/** What the attempts of a step hand on to the next one. */
interface Progress {
  /** When the first attempt failed, in milliseconds since the epoch. */
  since: number;
  /**
   * Once the outcome is unknown, it is unknown until an answer says otherwise: a later attempt that
   * could not even be sent ("transient") says nothing about the earlier ones.
   */
  isUnknown?: boolean;
}

function describe(error: unknown, progress: Progress) {
  if (error instanceof ServiceFailure) {
    const { service, kind, message, retryAfterMs } = error;
    progress.isUnknown ||= kind === 'unknown';
    const told = kind === 'transient' && progress.isUnknown ? 'unknown' : kind;
    return { type: `${service}_${told}`, message, retryAfterMs };
  }
  const name = error instanceof Error ? error.name : 'error';
  // The messages of drivers tell hosts and documents: the name has to do.
  const isMongo = /^(Mongo|PoolCleared)/.test(name);
  const message = isMongo ? `mongodb does not answer (${name})` : name;
  return { type: isMongo ? 'mongodb_unavailable' : name, message };
}

/** The pause that the retry policy makes after this attempt. */
function nextPauseMs(): number {
  const { initialIntervalMs = 1_000, maximumIntervalMs = 100_000 } = attemptInfo() ?? {};
  const grown = initialIntervalMs * 2 ** Math.min(activityInfo().attempt - 1, 30);
  return Math.min(grown, maximumIntervalMs);
}
