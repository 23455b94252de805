import {
  type Context,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

// Also where no spans are recorded: the request id, and the trace of a caller, go with the work.
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

/** The request that the present work goes back to, and the order it is about. */
export interface Work {
  /** As the API answered it in X-Request-Id. */
  requestId?: string | undefined;
  orderId?: string | undefined;
}

const WORK = createContextKey('work');

export function currentWork(): Work {
  return (context.active().getValue(WORK) as Work | undefined) ?? {};
}

/** A context with this work in it, in the trace of the other one. */
export function contextOf(work: Work, parent: Context = context.active()): Context {
  return parent.setValue(WORK, work);
}

/** The W3C headers of the trace that is under way; none without one. */
export function traceContext(): { traceparent?: string; tracestate?: string } {
  const carrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** A context in the trace that these headers name. */
export function contextFrom(carrier: { traceparent?: string; tracestate?: string }): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

/** What a call tells another service: the request it goes back to, and the trace. */
export function callHeaders(): Record<string, string> {
  const { requestId } = currentWork();
  return { ...(requestId !== undefined && { 'X-Request-Id': requestId }), ...traceContext() };
}

/** What a log line says of the work that it is about. */
export function logFields(): Record<string, unknown> {
  const span = trace.getActiveSpan();
  const work = currentWork();
  if (!span?.isRecording()) return { ...work };
  const { traceId, spanId } = span.spanContext();
  return { ...work, traceId, spanId };
}
