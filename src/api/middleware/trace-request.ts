import { createMiddleware } from 'hono/factory';
import { traced, traceparentFrom } from '../../platform/tracing.ts';
import type { ApiEnv } from './authenticate.ts';

/** Notes the request, by its id and trace context, for all that it leads to. */
export const traceRequest = createMiddleware<ApiEnv>((context, next) =>
  traced.run(
    {
      requestId: context.get('requestId'),
      traceparent: traceparentFrom(context.req.header('traceparent')),
    },
    next,
  ),
);
