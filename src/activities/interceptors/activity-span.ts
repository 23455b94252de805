import { type Link, type Context as OtelContext, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { orderIdOf } from '../../contract/order.ts';
import { ACTION_TRACE, TRACE, type Trace } from '../../contract/trace.ts';
import { inSpan } from '../../platform/tracing/span.ts';
import { contextFrom, contextOf, type Work } from '../../platform/tracing/work.ts';
import { isRefusal } from './count-attempts.ts';

/** A trace is kept together for so long; what happens later is a trace of its own, with a link. */
const SAME_TRACE_MS = 15 * 60_000;

/**
 * Lets an activity's calls and log lines say to which request and order they go back, and gives each
 * attempt a span: in the trace of the operator who asked for it, else in that of the request that
 * began the order, if that is not long ago.
 */
export function activitySpan({ info }: Context): ActivityInterceptors {
  let work: Work = { orderId: orderIdOf(info.workflowExecution?.workflowId) };
  return {
    inbound: {
      execute(input, next) {
        const origin = read(input.headers[TRACE]);
        const action = read(input.headers[ACTION_TRACE]);
        work = { ...(origin?.requestId !== undefined && { requestId: origin.requestId }), ...work };
        const { parent, links } = placeOf(action, origin);
        const attributes = {
          temporalWorkflowId: info.workflowExecution?.workflowId,
          temporalRunId: info.workflowExecution?.runId,
          temporalActivityId: info.activityId,
          'temporal.activity.attempt': info.attempt,
        };
        return inSpan(
          `RunActivity:${info.activityType}`,
          { attributes, links },
          () => next(input),
          { parent: contextOf(work, parent), isError: (error) => !isRefusal(error) },
        );
      },
    },
    // The SDK says that an activity failed when it has left the interceptor above.
    outbound: { getLogAttributes: (input, next) => next({ ...input, ...work }) },
  };
}

function read(payload: Payload | undefined): Trace | undefined {
  return payload && defaultPayloadConverter.fromPayload<Trace>(payload);
}

/** The first trace that is not over is the one that an attempt belongs to; to others it is linked. */
function placeOf(...traces: (Trace | undefined)[]): { parent: OtelContext; links: Link[] } {
  const known = traces.flatMap((one) => (one === undefined ? [] : [asContext(one)]));
  const parent = known.find(({ isOver }) => !isOver)?.context ?? ROOT_CONTEXT;
  const own = trace.getSpanContext(parent)?.traceId;
  const others = known.flatMap(({ context }) => trace.getSpanContext(context) ?? []);
  const links = others.filter(({ traceId }) => traceId !== own).map((context) => ({ context }));
  return { parent, links };
}

function asContext({ at, ...carrier }: Trace) {
  return { context: contextFrom(carrier), isOver: Date.now() - Date.parse(at) > SAME_TRACE_MS };
}
