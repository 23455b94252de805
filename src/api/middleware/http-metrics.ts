import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { Counter, Histogram } from 'prom-client';
import { codeOf } from '../problems/problem.ts';

const duration = new Histogram({
  name: 'http_request_duration_seconds',
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
export const httpMetrics = createMiddleware(async (context, next) => {
  const begin = performance.now();
  await next();
  const { method } = context.req;
  const pattern = routePath(context, -1);
  const route = pattern.includes('*') ? 'none' : pattern;
  const { status } = context.res;
  seriesOf(method, route, status).observe((performance.now() - begin) / 1000);
  if (method !== 'POST' || route !== '/api/orders') return;
  const outcome = context.error ? codeOf(context.error) : status === 202 ? 'accepted' : 'placed';
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
