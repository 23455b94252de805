import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { BY_HAND } from '../contract.ts';
import { Refusal } from '../domain/refusal.ts';
import { insist } from '../services/breaker.ts';
import { ServiceFailure } from '../services/failure.ts';
import { repeatHeartbeat } from './heartbeats.ts';

type Functions = Record<string, (...args: never[]) => Promise<unknown>>;

/** Gives each activity the one place where it is decided whether its error may be retried. */
export function withFailures<T extends Functions>(activities: T): T {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      const heartbeats = sendHeartbeats();
      try {
        return await (isByHand(args) ? insist(() => run(...args)) : run(...args));
      } catch (error) {
        throw asFailure(error);
      } finally {
        clearInterval(heartbeats);
      }
    },
  ]);
  return Object.fromEntries(entries) as T;
}

/** Whether an operator asked for this attempt; those that the server makes after it are its own. */
function isByHand(args: readonly unknown[]): boolean {
  return args.at(-1) === BY_HAND && activityInfo().attempt === 1;
}

const HEARTBEAT_MS = 1_000;

/** So that the server knows within seconds that a worker died, however long the attempt may take. */
function sendHeartbeats(): NodeJS.Timeout | undefined {
  return activityInfo().isLocal ? undefined : setInterval(repeatHeartbeat, HEARTBEAT_MS);
}

/** A service may ask for a longer pause than the retry policy makes, never for a shorter one. */
function longerPause(askedMs: number | undefined): number | undefined {
  if (askedMs === undefined) return undefined;
  const { attempt, retryPolicy = {} } = activityInfo();
  const initial = msToNumber(retryPolicy.initialInterval ?? '1s');
  const longest = msToNumber(retryPolicy.maximumInterval ?? 100 * initial);
  const grown = initial * (retryPolicy.backoffCoefficient ?? 2) ** (attempt - 1);
  return askedMs > Math.min(grown, longest) ? askedMs : undefined;
}

/** A refusal carries its details; a failure the number of its attempt, for whoever is told. */
function asFailure(error: unknown): ApplicationFailure {
  if (error instanceof Refusal) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      details: [error.details],
      nonRetryable: true,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  const details = [{ attempt: activityInfo().attempt }];
  if (error instanceof ServiceFailure) {
    const { service, kind, message } = error;
    const nextRetryDelay = longerPause(error.retryAfterMs);
    return ApplicationFailure.create({
      type: `${service}_${kind}`,
      message,
      details,
      nextRetryDelay,
    });
  }
  const name = error instanceof Error ? error.name : 'error';
  // The messages of drivers tell hosts and documents: the name has to do.
  const isMongo = /^(Mongo|PoolCleared)/.test(name);
  const message = isMongo ? `mongodb does not answer (${name})` : name;
  const type = isMongo ? 'mongodb_unavailable' : name;
  return ApplicationFailure.create({ type, message, details, cause: undefined });
}
