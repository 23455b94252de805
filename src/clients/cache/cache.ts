import { Counter } from 'prom-client';
import type { z } from 'zod';
import { type CachedKind, cacheKeys, DROPPED, DROPPED_MS } from '../../contract/cache-keys.ts';
import type { Logger } from '../../platform/logger.ts';
import { entriesInProcess, entriesInRedis } from './entries.ts';

interface LookupOptions<T> {
  kind: CachedKind;
  /** What an entry has to look like; one that does not fit counts as none. */
  value: z.ZodType<T>;
  /** Asks the owner. An id that is not among the answers has no value for now. */
  load: (ids: readonly string[]) => Promise<T[]>;
  idOf: (value: T) => string;
}

/** Short-lived copies of what others own, never of money or stock. It may lose everything. */
export interface Cache {
  /**
   * Reads through the cache: asks the owner once for all who want an id at the same time, and only
   * for ids that are not cached. Throws what `load` throws.
   */
  lookup<T>(options: LookupOptions<T>): (ids: readonly string[]) => Promise<T[]>;
  /** Forgets, also what is being loaded now. Throws when Redis does not answer. */
  drop(kind: CachedKind, id: string): Promise<void>;
  /** To be called when drops may have been missed. */
  reset(): void;
  close(): void;
}

const TTL_SECONDS = 300;
/** Entries of one moment must not all end in one. */
const JITTER_SECONDS = 30;
/** Who is unknown now may be known soon. */
const NEGATIVE_SECONDS = 10;

const requests = new Counter({
  name: 'orders_cache_requests_total',
  help: 'Ids looked up: hit, miss, negative (known to have no value), shared (with a load under way), fallback (without Redis)',
  labelNames: ['kind', 'result'],
});

/** In Redis, or in this process where there is none. */
export function createCache(redisUrl: string | undefined, log: Logger): Cache {
  const entries = redisUrl === undefined ? entriesInProcess() : entriesInRedis(redisUrl, log);
  const flights = new Map<string, Promise<unknown>>();

  function lookup<T>({ kind, value, load, idOf }: LookupOptions<T>) {
    const keyOf = cacheKeys[kind];

    return async (ids: readonly string[]): Promise<T[]> => {
      const wanted = [...new Set(ids)];
      const fresh = wanted.filter((id) => !flights.has(keyOf(id)));
      requests.inc({ kind, result: 'shared' }, wanted.length - fresh.length);
      if (fresh.length > 0) {
        const batch = read(fresh);
        for (const id of fresh) share(keyOf(id), found(batch, id));
      }
      const all = await Promise.all(
        wanted.map((id) => flights.get(keyOf(id)) as ReturnType<typeof found<T>>),
      );
      return all.filter((one) => one !== undefined);
    };

    async function read(ids: string[]): Promise<Map<string, T>> {
      const texts = await entries.get(ids.map(keyOf)).catch(() => undefined);
      const known = new Map<string, T>();
      const missing = ids.filter((id, index) => {
        const [result, one] = texts === undefined ? ['fallback'] : parse(id, texts[index]);
        requests.inc({ kind, result });
        if (one !== undefined) known.set(id, one);
        return result === 'miss' || result === 'fallback';
      });
      if (missing.length === 0) return known;
      const began = performance.now();
      for (const one of await load(missing)) known.set(idOf(one), one);
      // A load that took longer might outlive the mark of a drop.
      if (performance.now() - began < DROPPED_MS) await keep(missing, known);
      return known;
    }

    function parse(id: string, text: string | null | undefined): [result: string, value?: T] {
      if (text === null || text === undefined || text === DROPPED) return ['miss'];
      const json = attempt(() => JSON.parse(text));
      if (json === null) return ['negative'];
      const parsed = value.safeParse(json);
      if (parsed.success) return ['hit', parsed.data];
      // Only a drop makes room for another value.
      entries.drop([keyOf(id)]).catch(() => undefined);
      return ['miss'];
    }

    async function keep(ids: string[], known: Map<string, T>): Promise<void> {
      const writes = ids.map((id) => {
        const one = known.get(id);
        const ttl = TTL_SECONDS - Math.floor(Math.random() * JITTER_SECONDS);
        return entries.add(
          keyOf(id),
          JSON.stringify(one ?? null),
          one === undefined ? NEGATIVE_SECONDS : ttl,
        );
      });
      await Promise.all(writes).catch(() => undefined);
    }
  }

  function share(key: string, value: Promise<unknown>): void {
    const flight = value.finally(() => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    flights.set(key, flight);
  }

  return {
    lookup,
    async drop(kind, id) {
      const key = cacheKeys[kind](id);
      flights.delete(key);
      await entries.drop([key]);
      flights.delete(key);
    },
    reset() {
      flights.clear();
      entries.reset();
    },
    close: () => entries.close(),
  };
}

async function found<T>(batch: Promise<Map<string, T>>, id: string): Promise<T | undefined> {
  return (await batch).get(id);
}

function attempt(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
