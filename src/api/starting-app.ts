import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import type { Logger } from '../platform/logger.ts';
import { accessLog } from './middleware/access-log.ts';
import type { ApiEnv } from './middleware/authenticate.ts';
import { problemResponse, unavailable } from './problems/problem.ts';

/** What the API answers until MongoDB can be reached: it is alive and not ready. */
export function createStartingApp(log: Logger): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.onError((error, context) => problemResponse(error, context, log));
  app.use(requestId({ limitLength: 64 }), accessLog(log));
  app.get('/livez', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) => context.json({ status: 'unavailable' }, 503));
  app.all('*', () => {
    throw unavailable('The service is starting');
  });
  return app;
}
