import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { cors } from 'hono/cors';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiConfig } from '../config/config.ts';
import type { OrderPolicy } from '../contract/order.ts';
import type { PricingSettings } from '../domain/pricing/price-order.ts';
import type { Logger } from '../platform/logger.ts';
import type { Redis } from '../platform/redis.ts';
import type { OrderChanges } from '../store/order-changes.ts';
import type { OrderQueries } from '../store/order-queries.ts';
import { publicUrl } from './http/public-link.ts';
import { unchanging } from './http/unchanging.ts';
import { accessLog } from './middleware/access-log.ts';
import { type AddressLimits, addressLimit } from './middleware/address-limit.ts';
import { auditLog } from './middleware/audit-log.ts';
import { type ApiEnv, type AuthConfig, authenticate } from './middleware/authenticate.ts';
import { bodyStructure } from './middleware/body-structure.ts';
import { eventTicket } from './middleware/event-ticket.ts';
import { hostCheck } from './middleware/host-check.ts';
import { httpMetrics } from './middleware/http-metrics.ts';
import { jsonOnly } from './middleware/json-only.ts';
import { type Limits, rateLimit } from './middleware/rate-limit.ts';
import { requestSpan } from './middleware/request-span.ts';
import { openApiDocument } from './openapi/document.ts';
import type { OrderWorkflows } from './orders/order-workflows.ts';
import type { PlacementLimits } from './orders/placement-limits.ts';
import { Problem, problemResponse } from './problems/problem.ts';
import type { Connections } from './readiness.ts';
import { adminOrderRoutes } from './routes/admin-orders.ts';
import { cacheRoutes } from './routes/cache.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { exportRoutes } from './routes/export-orders.ts';
import { orderEventRoutes } from './routes/order-events.ts';
import { orderStatusRoutes } from './routes/order-status.ts';
import { orderRoutes } from './routes/orders.ts';
import { payAgainRoute } from './routes/pay-again.ts';
import { personalDataRoutes } from './routes/personal-data.ts';
import { placeOrderRoute } from './routes/place-order.ts';
import { problemPages } from './routes/problem-pages.ts';
import { referencePages } from './routes/reference.ts';
import { refundRoutes } from './routes/refunds.ts';
import { ProblemDocument } from './schemas/problem.ts';
import type { EventStreams } from './streams/event-streams.ts';
import { EventTickets } from './streams/event-tickets.ts';

export interface ApiDeps {
  config: AuthConfig &
    Limits &
    AddressLimits &
    PlacementLimits &
    Pick<ApiConfig, 'CORS_ORIGINS' | 'WITHDRAWAL_MS'> &
    Partial<Pick<ApiConfig, 'PUBLIC_URL' | 'HSTS_SECONDS'>>;
  workflows: OrderWorkflows;
  store: OrderQueries;
  changes: OrderChanges;
  streams: EventStreams;
  /** Where requests are counted and copies are cached; in each process without it. */
  redis: Redis | undefined;
  policy: OrderPolicy;
  pricing: PricingSettings;
  /** How long a ticket to follow an order is good, if not for a minute. */
  ticketSeconds?: number;
  /** Whether no new requests shall come. */
  isStopping: () => boolean;
  /** What the servers that the API uses are like. */
  connections: () => Promise<Connections>;
  log: Logger;
}

const checkBody = every(
  jsonOnly,
  bodyLimit({
    maxSize: 64 * 1024,
    onError: () => {
      throw new Problem('payload_too_large');
    },
  }),
  bodyStructure,
);
const HALF_A_YEAR_S = 15_552_000;
/** Without what only concerns pages that a browser shows, or browsers of long ago. */
const headersOfAnApi = (hstsSeconds = HALF_A_YEAR_S) =>
  secureHeaders({
    strictTransportSecurity: hstsSeconds > 0 && `max-age=${hstsSeconds}; includeSubDomains`,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    removePoweredBy: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
/** What pages of other origins may read of an answer. */
const EXPOSED = [
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];

/** The REST API, without listening: `app.request()` serves tests, a server serves the world. */
export function createApp(deps: ApiDeps) {
  const { config, redis, log } = deps;
  const app = new OpenAPIHono<ApiEnv>();
  app.onError((error, context) => problemResponse(error, context, log));
  app.notFound((context) => problemResponse(new Problem('not_found'), context, log));

  app.use(
    ...[httpMetrics, requestId({ limitLength: 64 }), requestSpan, accessLog(log)],
    ...[publicUrl(config.PUBLIC_URL), headersOfAnApi(config.HSTS_SECONDS), hostCheck],
  );
  app.get('/livez', (context) => context.json({ status: 'ok' }));
  // Without its servers the API still answers, with problems that say when to retry.
  app.get('/readyz', async (context) => {
    if (deps.isStopping()) return context.json({ status: 'stopping' }, 503);
    const connections = await deps.connections();
    const isWell = Object.values(connections).every((state) => state === 'ok');
    return context.json({ status: isWell ? 'ok' : 'degraded', connections });
  });
  app.use(addressLimit(config));
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'ticket', {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'For EventSource in browsers: of one order, and of a minute',
  });
  const describe = () => JSON.stringify(openApiDocument(app, config.PUBLIC_URL));
  app.get('/openapi.json', unchanging('application/json', 300, describe));
  app.route('/', referencePages());
  app.route('/', problemPages());

  if (config.CORS_ORIGINS.length > 0) {
    app.use('/api/*', cors({ origin: config.CORS_ORIGINS, exposeHeaders: EXPOSED, maxAge: 600 }));
  }
  const tickets = new EventTickets(deps);
  app.get('/api/orders/:id/events', eventTicket(tickets));
  app.use('/api/*', authenticate(config, log), auditLog(log), rateLimit(config, redis));
  app.use(
    '/api/*',
    // To look for a body makes the whole Request, which a GET can do without.
    (context, next) => (context.req.method === 'GET' ? next() : checkBody(context, next)),
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const allow = { Allow: methods.join(', ') };
        return problemResponse(
          new Problem('method_not_allowed', undefined, {}, allow),
          context,
          log,
        );
      },
    }),
  );
  app.openAPIRegistry.register('Problem', ProblemDocument);
  for (const routes of [
    placeOrderRoute,
    orderRoutes,
    orderStatusRoutes,
    payAgainRoute,
    orderEventRoutes,
    deliveryRoutes,
    refundRoutes,
    adminOrderRoutes,
    exportRoutes,
    cacheRoutes,
    personalDataRoutes,
  ]) {
    app.route('/', routes({ ...deps, tickets }));
  }
  return app;
}
