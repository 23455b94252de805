import { SpanKind } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { ACTION_TRACE } from '../../contract/trace.ts';
import { inSpan } from '../../platform/tracing/span.ts';
import { currentTrace } from './current-trace.ts';

/** A span for each call that the API makes of Temporal; an Update says which trace it is of. */
export const workflowSpans: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    inSpan(`StartWorkflow:${input.workflowType}`, about(input.options.workflowId), () =>
      next(input),
    ),
  startUpdateWithStart: (input, next) =>
    inSpan(
      `UpdateWithStartWorkflow:${input.updateName}`,
      about(input.workflowStartOptions.workflowId),
      () => next(input),
    ),
  startUpdate: (input, next) =>
    inSpan(`UpdateWorkflow:${input.updateName}`, about(input.workflowExecution.workflowId), () =>
      next({ ...input, headers: { ...input.headers, ...actionTrace() } }),
    ),
  describe: (input, next) =>
    inSpan('DescribeWorkflow', about(input.workflowExecution.workflowId), () => next(input)),
};

function about(workflowId: string | undefined) {
  return { kind: SpanKind.CLIENT, attributes: { temporalWorkflowId: workflowId } };
}

function actionTrace(): Headers {
  return { [ACTION_TRACE]: defaultPayloadConverter.toPayload(currentTrace()) };
}
