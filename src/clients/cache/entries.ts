import { DROPPED, DROPPED_MS, dropCached } from '../../contract/cache-keys.ts';
import type { Logger } from '../../platform/logger.ts';
import { connectRedis } from '../../platform/redis.ts';

/** Where the cache keeps its texts. Every operation may fail. */
export interface Entries {
  /** null where there is none. */
  get(keys: readonly string[]): Promise<(string | null)[]>;
  /** Adds an entry where there is none, not even a dropped one. */
  add(key: string, text: string, ttlSeconds: number): Promise<void>;
  drop(keys: readonly string[]): Promise<void>;
  /** Drops all, where drops may have been missed: only what this process alone has. */
  reset(): void;
  close(): void;
}

export function entriesInRedis(url: string, log: Logger): Entries {
  const redis = connectRedis(url, log);
  return {
    get: (keys) => redis.mget(...keys),
    async add(key, text, ttlSeconds) {
      await redis.set(key, text, 'EX', ttlSeconds, 'NX');
    },
    drop: (keys) => dropCached(redis, keys),
    reset() {},
    close: () => redis.disconnect(),
  };
}

const LIMIT = 10_000;

/** For development without Redis. The oldest entry makes room for a new one. */
export function entriesInProcess(): Entries {
  const entries = new Map<string, { text: string; expires: number }>();

  function read(key: string): string | null {
    const entry = entries.get(key);
    return entry !== undefined && entry.expires > performance.now() ? entry.text : null;
  }

  function write(key: string, text: string, ttlMs: number): void {
    entries.delete(key);
    const [oldest] = entries.keys();
    if (entries.size >= LIMIT && oldest !== undefined) entries.delete(oldest);
    entries.set(key, { text, expires: performance.now() + ttlMs });
  }

  return {
    get: async (keys) => keys.map(read),
    async add(key, text, ttlSeconds) {
      if (read(key) === null) write(key, text, ttlSeconds * 1000);
    },
    async drop(keys) {
      for (const key of keys) write(key, DROPPED, DROPPED_MS);
    },
    reset: () => entries.clear(),
    close: () => entries.clear(),
  };
}
