import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { ATTEMPT, type AttemptInfo } from '../../contract/order.ts';

let next: AttemptInfo | undefined;

/** Schedules an activity with a header that tells the attempt how it came about. */
export function asAttempt<T>(info: AttemptInfo, schedule: () => T): T {
  // Scheduling runs through the interceptor before it returns: nothing comes in between.
  next = info;
  try {
    return schedule();
  } finally {
    next = undefined;
  }
}

/** The header of the activity that is being scheduled; empty outside asAttempt. */
export function attemptHeader(): Headers {
  return next === undefined ? {} : { [ATTEMPT]: defaultPayloadConverter.toPayload(next) };
}
