import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

export type { Redis };

const PATIENCE_MS = 100;

/**
 * A connection that never makes its user wait. Without an answer for 100 ms it is given up, and
 * until there is a new one, which a server that is frozen does not give, commands fail at once.
 */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    commandTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    connectTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    keyPrefix: 'orders:v1:',
  });
  redis.on('error', (error: Error) => log.warn({ error: error.message }, 'Redis connection'));
  return redis;
}
