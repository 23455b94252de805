import { createMiddleware } from 'hono/factory';
import type { Logger } from '../../platform/logger.ts';
import { pseudonymOf } from '../../platform/pseudonym.ts';
import type { ApiEnv, Caller } from './authenticate.ts';
import { matchedRoute } from './matched-route.ts';

const PROBES = new Set(['/livez', '/readyz']);

/**
 * Writes a line for each request when its answer begins: what was asked, by whom, and the code of
 * the problem, by the request id that the client has too. Probes are written at level debug.
 */
export function accessLog(log: Logger) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const begin = performance.now();
    await next();
    const route = matchedRoute(context);
    const caller: Caller | undefined = context.get('caller');
    const problem = context.get('problem');
    log[PROBES.has(route) ? 'debug' : 'info'](
      {
        requestId: context.get('requestId'),
        method: context.req.method,
        route,
        status: context.res.status,
        ms: Math.round(performance.now() - begin),
        ...(caller && { user: pseudonymOf(caller.userId) }),
        ...(problem && { problem }),
      },
      'request',
    );
  });
}
