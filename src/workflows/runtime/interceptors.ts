import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { TRACE } from '../../contract/order.ts';
import { attemptHeader } from '../steps/attempt-header.ts';

/** Hands to each activity the trace in the memo of its workflow, and what its step says of it. */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers | undefined;

  // The memo is not there yet when interceptors are made.
  function traceHeader(): Headers {
    const memo = workflowInfo().memo?.[TRACE];
    trace ??= memo === undefined ? {} : { [TRACE]: defaultPayloadConverter.toPayload(memo) };
    return trace;
  }

  return {
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next({ ...input, headers: { ...input.headers, ...traceHeader(), ...attemptHeader() } }),
      },
    ],
  };
}
