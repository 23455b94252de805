import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

export type { Redis };

/**
 * A connection that never makes its user wait. A command that is not answered within 100 ms fails,
 * and ends the connection; until Redis has answered on a new one, commands fail at once.
 */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 100,
    socketTimeout: 100,
    connectTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
    keyPrefix: 'orders:v1:',
  });
  redis.on('error', (error: Error) => log.warn({ error: error.message }, 'Redis connection'));
  return redis;
}
