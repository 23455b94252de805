import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The pattern of the route that a request was for, which names nobody; `none` where nothing is. */
export function matchedRoute(context: Context): string {
  // What is there for many routes at once may be registered after a route that it does not reach.
  const own = matchedRoutes(context).findLast(({ path }) => !path.includes('*'));
  return own?.path ?? 'none';
}
