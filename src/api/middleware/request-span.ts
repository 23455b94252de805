import { SpanKind } from '@opentelemetry/api';
import { createMiddleware } from 'hono/factory';
import { fail, inSpan } from '../../platform/tracing/span.ts';
import { contextFrom, contextOf } from '../../platform/tracing/work.ts';
import type { ApiEnv } from './authenticate.ts';
import { matchedRoute } from './matched-route.ts';

/** Notes the request, by its id and trace, for all that it leads to; in a span of its own. */
export const requestSpan = createMiddleware<ApiEnv>((context, next) => {
  const { method } = context.req;
  const carrier = {
    traceparent: context.req.header('traceparent'),
    tracestate: context.req.header('tracestate'),
  };
  const parent = contextOf({ requestId: context.get('requestId') }, contextFrom(carrier));
  const options = { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } };
  return inSpan(
    method,
    options,
    async (span) => {
      await next();
      if (!span.isRecording()) return;
      const route = matchedRoute(context);
      const { status } = context.res;
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
      const problem = context.get('problem');
      if (problem !== undefined) span.setAttribute('orders.problem', problem);
      if (status >= 500) fail(span, `${status}`);
    },
    { parent },
  );
});
