import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { faultInjection } from '../faults/injection.ts';
import { FaultPlan } from '../faults/plan.ts';
import { addAdminRoutes } from './admin.ts';
import { Attempts } from './attempts.ts';
import { requestIds } from './incoming.ts';
import type { Effect } from './ledger.ts';
import { overviewPage } from './overview.ts';
import { invalidRequest } from './parse.ts';
import { answerError, Problem, problemResponse } from './problem.ts';
import type { ServiceApp, ServiceEnv, ServiceParts } from './service-parts.ts';

const maxBodyBytes = 256 * 1024;

/** An app with all that the four services share; the caller adds the routes of its own. */
export function createService<E extends Effect>(parts: ServiceParts<E>): ServiceApp {
  const app: ServiceApp = new OpenAPIHono<ServiceEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'header') {
        throw new Problem('idempotency_key_required', 'Idempotency-Key is missing or malformed');
      }
      throw invalidRequest(result);
    },
  });
  const faults = new FaultPlan(`${parts.seed}:${parts.name}`);
  const attempts = new Attempts();

  app.onError(answerError);
  app.notFound((c) => answerError(new Problem('not_found', `No route ${c.req.path}`), c));
  app.get('/livez', (c) => c.json({ status: 'ok', service: parts.name }));
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: parts.name, version: '1.0.0', description: parts.description },
  });
  app.get('/', (c) => c.html(overviewPage(parts, faults.list())));
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: answerTooLarge }));
  addAdminRoutes(app, parts, faults, attempts);
  app.use('/api/*', (c, next) => requestIds.run(c.req.header('x-request-id'), next));
  app.use('/api/*', faultInjection(faults, attempts, parts.declines));
  return app;
}

/** The rest of the body is not read, so the connection is of no more use: say so. */
function answerTooLarge(): Response {
  return problemResponse(413, 'body_too_large', `Over ${maxBodyBytes} bytes`, {
    headers: { connection: 'close' },
  });
}
