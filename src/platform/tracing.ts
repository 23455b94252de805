import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What ties all that a request leads to together: in logs, in the order's memo, in calls. */
export interface Trace {
  /** As the API answered it in X-Request-Id. */
  requestId: string;
  /** W3C trace context. */
  traceparent: string;
}

/** The request that the present work goes back to, and the order it is about. */
export const traced = new AsyncLocalStorage<Partial<Trace> & { orderId?: string }>();

/** The headers that tell another service which request its call goes back to. */
export function traceHeaders(): Record<string, string> {
  const { requestId, traceparent } = traced.getStore() ?? {};
  return {
    ...(requestId !== undefined && { 'X-Request-Id': requestId }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace context as it is, since no span is recorded here; a new one without it. */
export function traceparentFrom(header: string | undefined): string {
  if (header !== undefined && TRACEPARENT.test(header)) return header;
  return `00-${randomHex()}-${randomHex().slice(0, 16)}-01`;
}

/** 32 digits. Node draws random bytes for many UUIDs at once, and randomBytes for each call. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
