import { isIPv6 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ApiConfig } from '../../config/config.ts';
import { Problem } from '../problems/problem.ts';
import type { ApiEnv } from './authenticate.ts';

export type AddressLimits = Partial<
  Pick<ApiConfig, 'TRUSTED_PROXIES' | 'RATE_LIMIT_ADDRESS_PER_MINUTE'>
>;

const WINDOW_S = 60;

/**
 * Lets each address make so many requests a minute without a valid token; then nothing of it is looked
 * at. Counted in each process, so that a flood reaches no other server. Only where it is known how many
 * proxies say whom they speak for: else all clients would be one.
 */
export function addressLimit({
  TRUSTED_PROXIES: proxies,
  RATE_LIMIT_ADDRESS_PER_MINUTE: points = 600,
}: AddressLimits) {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_S, keyPrefix: 'address' });
  return createMiddleware<ApiEnv>(async (context, next) => {
    const client = proxies === undefined ? undefined : clientOf(context, proxies);
    if (client === undefined) return next();
    const before = await limiter.get(client);
    if (before !== null && before.consumedPoints >= points) {
      const seconds = Math.max(1, Math.ceil(before.msBeforeNext / 1_000));
      throw new Problem('rate_limited', undefined, {}, { 'Retry-After': `${seconds}` });
    }
    await next();
    const hasToken = context.get('caller') !== undefined;
    if (!hasToken) await limiter.penalty(client);
  });
}

/** What the outermost proxy that is trusted saw; what is further left may be invented. */
function clientOf(context: Context, proxies: number): string | undefined {
  const { incoming } = (context.env ?? {}) as Partial<HttpBindings>;
  const forwarded = (context.req.header('X-Forwarded-For') ?? '').split(',');
  const address = proxies === 0 ? incoming?.socket.remoteAddress : forwarded.at(-proxies)?.trim();
  return address === undefined || address === '' ? undefined : networkOf(address);
}

/** Whoever has an IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter(Boolean);
  const last = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array(Math.max(0, 8 - groups.length - last.length)).fill('0');
  return [...groups, ...zeros, ...last].slice(0, 4).join(':');
}
