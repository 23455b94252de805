import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

/** Why a step did not succeed, in words for an operator. */
export interface Failure {
  /** Groups failures: the search attribute FailureType. */
  type: string;
  message: string;
  /** How many attempts are known to have failed. */
  attempts: number;
  /** For what no attempt can help: Markdown that takes the place of what is said otherwise. */
  advice?: string;
}

/**
 * The failure of later attempts, as it has to be told after an earlier one: an outcome that was
 * unknown stays unknown, whatever could not even be sent since.
 */
export function followedBy(before: Failure | undefined, failure: Failure): Failure {
  if (before === undefined) return failure;
  const attempts = before.attempts + failure.attempts;
  const wasUnknown = before.type.endsWith('_unknown');
  const type = failure.type.replace(/_transient$/, '_unknown');
  return { ...failure, attempts, ...(wasUnknown && type === before.type && { type }) };
}

export function failureOf(error: unknown): Failure {
  const cause = rootOf(error);
  if (cause instanceof TimeoutFailure) {
    return { type: 'timeout', message: 'there was no answer in time', attempts: 1 };
  }
  const message = cause instanceof Error ? cause.message : 'unknown error';
  const type = (cause instanceof ApplicationFailure && cause.type) || 'error';
  return { type, message, attempts: attemptsOf(cause) };
}

function rootOf(error: unknown): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // The end of all attempts is a timeout, with the last attempt's failure behind it. The SDK keeps
  // that one only as it came over the wire.
  const last = cause instanceof TimeoutFailure ? cause.failure?.cause : undefined;
  return last ? defaultFailureConverter.failureToError(last, defaultPayloadConverter) : cause;
}

/** Activities say which attempt it was that failed. */
function attemptsOf(cause: unknown): number {
  const details = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  const attempt = (details as { attempt?: unknown } | undefined)?.attempt;
  return typeof attempt === 'number' ? attempt : 1;
}
