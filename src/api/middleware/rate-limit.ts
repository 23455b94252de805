import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Counter } from 'prom-client';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
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
 * Counted in Redis, for all API processes together, and in each process too: while Redis does not answer,
 * nobody is refused or kept waiting because of it, and what was spent before stays spent.
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
  const shared =
    redis && new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true });
  return {
    name,
    points,
    async consume(userId: string) {
      const here = await counted(inProcess, userId);
      const everywhere = shared && (await counted(shared, userId).catch(() => undefined));
      const result =
        everywhere !== undefined && everywhere.consumedPoints >= here.consumedPoints
          ? everywhere
          : here;
      return {
        left: result.remainingPoints,
        resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
        isExceeded: result.consumedPoints > points,
      };
    },
  };
}

async function counted(limiter: RateLimiterAbstract, userId: string): Promise<RateLimiterRes> {
  return limiter.consume(userId).catch((refused: unknown) => {
    if (refused instanceof RateLimiterRes) return refused;
    throw refused;
  });
}

function tell(context: Context, { name, points }: Budget, left: number, seconds: number): void {
  context.header('RateLimit-Policy', `"${name}";q=${points};w=${WINDOW_S}`);
  context.header('RateLimit', `"${name}";r=${left};t=${seconds}`);
}
