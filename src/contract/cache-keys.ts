import type { Redis } from '../platform/redis.ts';

/** What the worker caches, and whoever drops it, have to agree on. */
export const cacheKeys = {
  user: (id: string) => `user:${id}`,
  product: (id: string) => `product:${id}`,
} as const;

export type CachedKind = keyof typeof cacheKeys;

/**
 * Lies in the place of a dropped entry for longer than any load takes. Entries are only added where
 * none is, so a load that began before the drop cannot bring the old value back.
 */
export const DROPPED = 'dropped';
export const DROPPED_MS = 5_000;

/** Drops what is cached under the keys, for all workers. Throws when Redis does not answer. */
export async function dropCached(redis: Redis, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => redis.set(key, DROPPED, 'PX', DROPPED_MS)));
}
