import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Refusal } from '../domain/refusal.ts';
import { ServiceFailure } from '../services/failure.ts';

type Functions = Record<string, (...args: never[]) => Promise<unknown>>;

/** Gives each activity the one place where it is decided whether its error may be retried. */
export function withFailures<T extends Functions>(activities: T): T {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        throw asFailure(error);
      }
    },
  ]);
  return Object.fromEntries(entries) as T;
}

function asFailure(error: unknown): unknown {
  if (error instanceof Refusal) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      details: [error.details],
      nonRetryable: true,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  if (error instanceof ServiceFailure) {
    return ApplicationFailure.create({
      type: `${error.service}_${error.kind}`,
      message: error.message,
      nextRetryDelay: error.retryAfterMs,
    });
  }
  return error;
}
