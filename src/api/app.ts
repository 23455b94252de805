import { OpenAPIHono } from '@hono/zod-openapi';
import { Scalar } from '@scalar/hono-api-reference';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { OrderPolicy } from '../contract.ts';
import type { PricingSettings } from '../domain/pricing.ts';
import type { Logger } from '../log.ts';
import type { OrderQueries } from '../store/order-queries.ts';
import { type ApiEnv, authenticate } from './auth.ts';
import { jsonOnly } from './json-only.ts';
import type { OrderWorkflows } from './order-workflows.ts';
import { Problem, problemResponse } from './problem.ts';
import { adminOrderRoutes } from './routes/admin-orders.ts';
import { orderStatusRoutes } from './routes/order-status.ts';
import { orderRoutes } from './routes/orders.ts';
import { placeOrderRoute } from './routes/place-order.ts';

export interface ApiDeps {
  auth: Parameters<typeof authenticate>[0];
  workflows: OrderWorkflows;
  store: OrderQueries;
  policy: OrderPolicy;
  pricing: PricingSettings;
  /** Whether the connections are up. */
  ready: () => Promise<boolean>;
  log: Logger;
}

const MAX_BODY_BYTES = 64 * 1024;

/** The REST API, without listening: `app.request()` serves tests, a server serves the world. */
export function createApp(deps: ApiDeps) {
  const app = new OpenAPIHono<ApiEnv>();
  app.onError((error, context) => problemResponse(error, context, deps.log));
  app.notFound((context) => problemResponse(new Problem('not_found'), context, deps.log));

  app.use(requestId());
  app.get('/livez', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const ready = await deps.ready();
    return context.json({ status: ready ? 'ok' : 'unavailable' }, ready ? 200 : 503);
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Orders', version: '1.0.0' },
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.get('/docs', Scalar({ url: '/openapi.json', pageTitle: 'Orders' }));

  app.use('/api/*', secureHeaders(), authenticate(deps.auth), jsonOnly);
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new Problem('payload_too_large');
      },
    }),
  );
  for (const routes of [placeOrderRoute, orderRoutes, orderStatusRoutes, adminOrderRoutes]) {
    app.route('/', routes(deps));
  }
  return app;
}
