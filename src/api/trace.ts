import { createMiddleware } from 'hono/factory';
import { traced, traceparentFrom } from '../trace.ts';
import type { ApiEnv } from './auth.ts';

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
