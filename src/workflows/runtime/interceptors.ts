import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { operatorActions } from '../../contract/order.ts';
import { ACTION_TRACE, TRACE } from '../../contract/trace.ts';
import { attemptHeader } from '../steps/attempt-header.ts';

/**
 * Hands to each activity the trace in the memo of its workflow, that of the operator's action which
 * came last, and what its step says of it. Nothing here makes a promise, and no span is recorded in
 * the sandbox: whether requests are traced changes nothing in how a workflow runs.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers | undefined;
  let action: Headers = {};

  // The memo is not there yet when interceptors are made.
  function traceHeader(): Headers {
    const memo = workflowInfo().memo?.[TRACE];
    trace ??= memo === undefined ? {} : { [TRACE]: defaultPayloadConverter.toPayload(memo) };
    return trace;
  }

  return {
    inbound: [
      {
        handleUpdate(input, next) {
          const header = input.headers[ACTION_TRACE];
          if (header !== undefined && input.name in operatorActions) {
            action = { [ACTION_TRACE]: header };
          }
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next({
            ...input,
            headers: { ...input.headers, ...traceHeader(), ...action, ...attemptHeader() },
          }),
      },
    ],
  };
}
