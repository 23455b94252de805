import { ApplicationFailureCategory } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { isProblemCode } from '../../domain/problems.ts';
import { Refusal } from '../../domain/refusal.ts';

/** The refusal that an activity answered with, if that is what its failure is. */
export function asRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure) || !cause.nonRetryable) return undefined;
  if (!isProblemCode(cause.type)) return undefined;
  return new Refusal(cause.type, cause.message, cause.details?.[0] as Record<string, unknown>);
}

/** What the caller of an update gets: a plain Error would fail the workflow task instead. */
export function asUpdateFailure(refusal: Refusal): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: refusal.code,
    message: refusal.message,
    details: [refusal.details],
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
  // The Web UI shows it to operators, whom file names would only confuse.
  failure.stack = '';
  return failure;
}

/** The refusal that this throws, if it does. */
export function refusalOf(run: () => unknown): Refusal | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
