/** Where a workflow keeps the trace that it was started in: in its memo, and in a header of its activities. */
export const TRACE = 'trace';

/** The header of an operator's action, and of the activities that follow from it. */
export const ACTION_TRACE = 'action-trace';

/** A request, for all that it leads to, however much later. */
export interface Trace {
  /** As the API answered it in X-Request-Id. */
  requestId?: string;
  /** W3C trace context; absent when the request is not traced. */
  traceparent?: string;
  tracestate?: string;
  /** When the request came, in ISO 8601. */
  at: string;
}
