import { createRoute } from '@hono/zod-openapi';
import { cacheKeys, dropCached } from '../../contract/cache-keys.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Redis } from '../../platform/redis.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import { Problem, unavailable } from '../problems/problem.ts';
import { ProductId, UserId } from '../schemas/parameters.ts';
import { newRoutes, refusing, security } from './route-parts.ts';

interface Deps {
  redis: Redis | undefined;
  log: Logger;
}

const dropped = {
  method: 'delete' as const,
  tags: ['Administration'],
  description: 'Workers keep it for some minutes; the next order asks for it anew.',
  security,
  middleware: adminOnly,
  responses: { 204: { description: 'There is no cached copy now' } },
  ...refusing('forbidden', 'cache_not_shared'),
};

const dropUser = createRoute({
  ...dropped,
  path: '/api/admin/cache/users/{id}',
  operationId: 'dropCachedUser',
  summary: 'Drop the cached copy of a user (admin)',
  request: { params: UserId },
});

const dropProduct = createRoute({
  ...dropped,
  path: '/api/admin/cache/products/{id}',
  operationId: 'dropCachedProduct',
  summary: 'Drop the cached copy of a product (admin)',
  request: { params: ProductId },
});

/** Drops what workers keep for some minutes, for one that has to be seen as it is at once. */
export function cacheRoutes({ redis, log }: Deps) {
  const routes = newRoutes();

  routes.openapi(dropUser, async (context) => {
    await remove(cacheKeys.user(context.req.valid('param').id));
    return context.body(null, 204);
  });

  routes.openapi(dropProduct, async (context) => {
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
