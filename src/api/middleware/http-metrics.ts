import { createMiddleware } from 'hono/factory';
import { Counter, Histogram } from 'prom-client';
import type { ApiEnv } from './authenticate.ts';
import { matchedRoute } from './matched-route.ts';

const duration = new Histogram({
  name: 'orders_http_request_duration_seconds',
  help: 'From the request until its answer begins',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});
const orders = new Counter({
  name: 'orders_placed_total',
  help: 'Requests to place an order: placed, accepted (202), or the code of the problem',
  labelNames: ['outcome'],
});

/** Counts and times requests by the pattern of their route, which names nobody. */
export const httpMetrics = createMiddleware<ApiEnv>(async (context, next) => {
  const begin = performance.now();
  await next();
  const { method } = context.req;
  const route = matchedRoute(context);
  const { status } = context.res;
  seriesOf(method, route, status).observe((performance.now() - begin) / 1000);
  if (method !== 'POST' || route !== '/api/orders') return;
  const outcome = context.get('problem') ?? (status === 202 ? 'accepted' : 'placed');
  orders.inc({ outcome });
});

type Series = ReturnType<typeof duration.labels>;
const series = new Map<string, Series>();

/** Looked up once: the library sorts and joins the labels each time. */
function seriesOf(method: string, route: string, status: number): Series {
  const name = `${method} ${route} ${status}`;
  const known = series.get(name);
  if (known !== undefined) return known;
  const added = duration.labels({ method, route, status });
  series.set(name, added);
  return added;
}
