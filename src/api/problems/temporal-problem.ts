import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isProblemCode } from '../../domain/problems.ts';
import { PayloadKeysUnavailable } from '../../payloads/data-keys.ts';
import { isGrpcOutage } from '../../platform/grpc-errors.ts';
import { Problem, unavailable } from './problem.ts';

/** What a call to an order's workflow failed with, as callers are told; else the error itself. */
export function temporalProblem(error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refusal;
  if (isGone(error)) return new Problem('illegal_transition', 'The order has come to its end');
  return isOutage(error) ? unavailable('Orders cannot be changed temporarily', error) : error;
}

/** The workflow's own "no". */
export function refusalOf(error: unknown): Problem | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure) || !isProblemCode(cause.type)) return undefined;
  const details = cause.details?.[0] as Record<string, unknown> | undefined;
  return new Problem(cause.type, cause.message, details);
}

/** The workflow has ended, or ended while the Update was under way, or Temporal forgot it. */
export function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return error instanceof WorkflowUpdateFailedError && refusalOf(error) === undefined;
}

/** There was no answer in time: the client says so in the same way when Temporal is down. */
export function isTimeout(error: unknown): boolean {
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
}

/** A wrong namespace, missing permissions and the like stay as they are: a retry does not help. */
function isOutage(error: unknown): boolean {
  if (error instanceof PayloadKeysUnavailable) return error.isOutage;
  if (isTimeout(error)) return true;
  return isGrpcOutage(error) ?? error instanceof ServiceError;
}
