import { createRoute, z } from '@hono/zod-openapi';
import { cacheKeys, dropCached } from '../../contract/cache-keys.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Redis } from '../../platform/redis.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import { Problem, unavailable } from '../problems/problem.ts';
import { identifier } from '../schemas/orders.ts';
import { newRoutes, refused, security } from './route-parts.ts';

interface Deps {
  redis: Redis | undefined;
  log: Logger;
}

/** Whatever an identity provider calls its users, such as `auth0|5f7c`. */
const Id = z.object({ id: identifier(128) });

const drop = (what: 'users' | 'products', name: string) =>
  createRoute({
    method: 'delete',
    path: `/api/admin/cache/${what}/{id}`,
    summary: `Drop the cached copy of a ${name} (admin)`,
    security,
    middleware: [adminOnly] as const,
    request: { params: Id },
    responses: {
      204: { description: 'There is no cached copy now' },
      400: refused('The request is not valid'),
      403: refused('Only for admins'),
      409: refused('There is no cache that the workers share'),
    },
  });

/** Drops what workers keep for some minutes, for one that has to be seen as it is at once. */
export function cacheRoutes({ redis, log }: Deps) {
  const routes = newRoutes();

  routes.openapi(drop('users', 'user'), async (context) => {
    await remove(cacheKeys.user(context.req.valid('param').id));
    return context.body(null, 204);
  });

  routes.openapi(drop('products', 'product'), async (context) => {
    await remove(cacheKeys.product(context.req.valid('param').id));
    return context.body(null, 204);
  });

  return routes;

  async function remove(key: string): Promise<void> {
    if (redis === undefined) throw new Problem('cache_not_shared');
    try {
      await dropCached(redis, [key]);
    } catch (error) {
      log.warn({ err: error }, 'a cached copy could not be dropped');
      throw unavailable('The cache does not answer');
    }
  }
}
