import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { TRACE } from '../contract.ts';

/** Hands the trace in the memo of a workflow on to each of its activities. */
export function interceptors(): WorkflowInterceptors {
  let header: Headers | undefined;

  // The memo is not there yet when interceptors are made.
  function traced<Input extends { headers: Headers }>(input: Input): Input {
    const trace = workflowInfo().memo?.[TRACE];
    if (trace === undefined) return input;
    header ??= { [TRACE]: defaultPayloadConverter.toPayload(trace) };
    return { ...input, headers: { ...input.headers, ...header } };
  }

  return {
    outbound: [
      {
        scheduleActivity: (input, next) => next(traced(input)),
        scheduleLocalActivity: (input, next) => next(traced(input)),
      },
    ],
  };
}
