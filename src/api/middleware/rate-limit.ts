import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Counter } from 'prom-client';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { ApiConfig } from '../../config/config.ts';
import type { Redis } from '../../platform/redis.ts';
import { Problem } from '../problems/problem.ts';
import type { ApiEnv } from './authenticate.ts';

export type Limits = Pick<
  ApiConfig,
  'RATE_LIMIT_USER_PER_MINUTE' | 'RATE_LIMIT_ADMIN_PER_MINUTE' | 'RATE_LIMIT_PLACEMENTS_PER_MINUTE'
>;

const WINDOW_S = 60;

const refusals = new Counter({
  name: 'orders_rate_limited_total',
  help: 'Requests that were refused because of a rate limit',
  labelNames: ['budget'],
});

/**
 * Lets each user make so many requests a minute, and each admin; they have budgets of their own, and
 * placing orders has another one, since it holds stock.
 * Counted in Redis, for all API processes together. Without Redis, and while it does not answer,
 * each process counts by itself: nobody is refused or kept waiting because of it.
 *
 * The headers are those of the IETF draft "RateLimit header fields for HTTP".
 */
export function rateLimit(limits: Limits, redis: Redis | undefined) {
  const user = createBudget('user', limits.RATE_LIMIT_USER_PER_MINUTE, redis);
  const admin = createBudget('admin', limits.RATE_LIMIT_ADMIN_PER_MINUTE, redis);
  const placements = createBudget('placements', limits.RATE_LIMIT_PLACEMENTS_PER_MINUTE, redis);
  return createMiddleware<ApiEnv>(async (context, next) => {
    const { userId, isAdmin } = context.get('caller');
    await spend(context, isAdmin ? admin : user, userId);
    const { method, path } = context.req;
    if (method === 'POST' && path === '/api/orders') await spend(context, placements, userId);
    await next();
  });
}

type Budget = ReturnType<typeof createBudget>;

async function spend(context: Context, budget: Budget, userId: string): Promise<void> {
  const { left, resetSeconds, isExceeded } = await budget.consume(userId);
  tell(context, budget, left, resetSeconds);
  if (!isExceeded) return;
  refusals.inc({ budget: budget.name });
  throw new Problem('rate_limited', undefined, {}, { 'Retry-After': `${resetSeconds}` });
}

function createBudget(name: string, points: number, redis: Redis | undefined) {
  const options = { points, duration: WINDOW_S, keyPrefix: `rate:${name}` };
  const inProcess = new RateLimiterMemory(options);
  const limiter =
    redis === undefined
      ? inProcess
      : new RateLimiterRedis({
          ...options,
          storeClient: redis,
          rejectIfRedisNotReady: true,
          insuranceLimiter: inProcess,
        });
  return {
    name,
    points,
    async consume(userId: string) {
      const result = await limiter.consume(userId).catch((refused: unknown) => {
        if (refused instanceof RateLimiterRes) return refused;
        throw refused;
      });
      return {
        left: result.remainingPoints,
        resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
        isExceeded: result.consumedPoints > points,
      };
    },
  };
}

function tell(context: Context, { name, points }: Budget, left: number, seconds: number): void {
  context.header('RateLimit-Policy', `"${name}";q=${points};w=${WINDOW_S}`);
  context.header('RateLimit', `"${name}";r=${left};t=${seconds}`);
}
