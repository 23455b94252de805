import type { Logger } from '../log.ts';
import { connectRedis } from '../redis.ts';

/** Short-lived copies of what others own. It may lose everything at any time. */
export interface Cache {
  /** The cached value, or what `load` gives; one call for all who ask at the same time. */
  through<T>(key: string, load: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const TTL_SECONDS = 300;

interface Entries {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  close(): Promise<void>;
}

/** In Redis, or in this process where there is none. */
export function createCache(redisUrl: string | undefined, log: Logger): Cache {
  const entries = redisUrl === undefined ? inProcess() : inRedis(redisUrl, log);
  const loading = new Map<string, Promise<unknown>>();

  async function read<T>(key: string, load: () => Promise<T>): Promise<T> {
    const cached = await entries.get(key).catch(() => null);
    if (cached !== null) return JSON.parse(cached) as T;
    const value = await load();
    await entries.set(key, JSON.stringify(value)).catch(() => undefined);
    return value;
  }

  return {
    through<T>(key: string, load: () => Promise<T>) {
      const known = loading.get(key) as Promise<T> | undefined;
      if (known !== undefined) return known;
      const value = read(key, load).finally(() => loading.delete(key));
      loading.set(key, value);
      return value;
    },
    close: () => entries.close(),
  };
}

function inRedis(url: string, log: Logger): Entries {
  const redis = connectRedis(url, log);
  return {
    get: (key) => redis.get(key),
    set: (key, value) => redis.set(key, value, 'EX', TTL_SECONDS),
    async close() {
      redis.disconnect();
    },
  };
}

function inProcess(): Entries {
  const limit = 10_000;
  const entries = new Map<string, { value: string; expires: number }>();
  return {
    async get(key) {
      const entry = entries.get(key);
      return entry !== undefined && entry.expires > Date.now() ? entry.value : null;
    },
    async set(key, value) {
      if (entries.size >= limit) entries.clear();
      entries.set(key, { value, expires: Date.now() + TTL_SECONDS * 1000 });
    },
    async close() {
      entries.clear();
    },
  };
}
