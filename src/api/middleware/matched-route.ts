import type { Context } from 'hono';
import { routePath } from 'hono/route';

/** The pattern of the route that a request was for, which names nobody; `none` where nothing is. */
export function matchedRoute(context: Context): string {
  const pattern = routePath(context, -1);
  return pattern.includes('*') ? 'none' : pattern;
}
