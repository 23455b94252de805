import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { z } from 'zod';
import { type Cache, createCache } from '../../src/clients/cache/cache.ts';
import { cacheKeys } from '../../src/contract/cache-keys.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectRedis, type Redis } from '../../src/platform/redis.ts';
import { eventually } from '../support/eventually.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';

const log = createLogger('test', 'silent');
const product = cacheKeys.product;

let own: OwnServers;
let redis: Redis;
beforeAll(async () => {
  own = await startOwnServers(['redis']);
  redis = connectRedis(`${own.servers.redisUrl}`, log);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await own?.stop();
});

/** An owner of values `{id}`, which knows all ids but `nobody`; it notes what it is asked. */
function owner(cache: Cache) {
  const asked: string[][] = [];
  const answers = { gate: async () => {} };
  const lookUp = cache.lookup({
    kind: 'product',
    value: z.object({ id: z.string() }),
    async load(ids) {
      asked.push([...ids]);
      await answers.gate();
      return ids.filter((id) => id !== 'nobody').map((id) => ({ id }));
    },
    idOf: ({ id }) => id,
  });
  return { asked, answers, lookUp, ids: async (ids: string[]) => (await lookUp(ids)).map(idOf) };
}

type Check = (cache: Cache) => Promise<void>;

/** Checks a cache that is empty and new, again when a busy machine kept Redis from its 100 ms. */
async function untilQuick(redisUrl: string | undefined, check: Check): Promise<void> {
  await eventually(async () => {
    await redis.flushall();
    const cache = createCache(redisUrl, log);
    try {
      await eventually(() => cache.drop('user', 'until it is connected'));
      await check(cache);
    } finally {
      cache.close();
    }
  });
}

const idOf = ({ id }: { id: string }) => id;

const places: [string, () => string | undefined][] = [
  ['in Redis', () => own.servers.redisUrl],
  ['in the process', () => undefined],
];

describe.each(places)('the cache %s', (_where, urlOf) => {
  const withCache = (check: Check) => untilQuick(urlOf(), check);

  it('asks for what it has not, and only once', () =>
    withCache(async (cache) => {
      const { asked, ids } = owner(cache);
      expect(await ids(['a', 'b', 'a'])).toEqual(['a', 'b']);
      expect(await ids(['b', 'c', 'nobody', 'a'])).toEqual(['b', 'c', 'a']);
      expect(await ids(['nobody', 'c'])).toEqual(['c']);
      expect(asked).toEqual([
        ['a', 'b'],
        ['c', 'nobody'],
      ]);
    }));

  it('asks once for all who want the same at the same time', () =>
    withCache(async (cache) => {
      const { asked, ids } = owner(cache);
      const all = Array.from({ length: 50 }, (_, index) =>
        ids(index % 2 ? ['a', 'b'] : ['b', 'c']),
      );
      expect((await Promise.all(all)).slice(0, 2)).toEqual([
        ['b', 'c'],
        ['a', 'b'],
      ]);
      expect(asked).toEqual([['b', 'c'], ['a']]);
    }));

  it('keeps nothing of a load that failed', () =>
    withCache(async (cache) => {
      const { asked, answers, ids } = owner(cache);
      answers.gate = () => Promise.reject(new Error('down'));
      const both = await Promise.allSettled([ids(['a']), ids(['a'])]);
      expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      answers.gate = async () => {};
      expect(await ids(['a'])).toEqual(['a']);
      expect(asked).toEqual([['a'], ['a']]);
    }));

  it('lets a drop win against a load that began before it', () =>
    withCache(async (cache) => {
      const { asked, answers, ids } = owner(cache);
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      answers.gate = () => finished;
      const before = ids(['a']);
      await eventually(() => expect(asked).toHaveLength(1));
      await cache.drop('product', 'a');
      const after = ids(['a']);
      await eventually(() => expect(asked).toHaveLength(2));
      finish();
      await Promise.all([before, after]);
      await ids(['a']);
      expect(asked).toEqual([['a'], ['a'], ['a']]);
    }));

  it('counts how it answered', () =>
    withCache(async (cache) => {
      const before = await counted();
      const { ids } = owner(cache);
      await Promise.all([ids(['a', 'nobody']), ids(['a'])]);
      await ids(['a', 'nobody', 'b']);
      const now = await counted();
      const more = Object.entries(now).map(([result, count]) => [
        result,
        count - (before[result] ?? 0),
      ]);
      expect(Object.fromEntries(more)).toMatchObject({ hit: 1, miss: 3, negative: 1, shared: 1 });
    }));
});

describe('an entry in Redis', () => {
  const withCache = (check: Check) => untilQuick(own.servers.redisUrl, check);

  it('lives for five minutes at most, and for seconds when there is no value', () =>
    withCache(async (cache) => {
      const { ids } = owner(cache);
      const many = Array.from({ length: 40 }, (_, index) => `p${index}`);
      await ids([...many, 'nobody']);
      const lives = await Promise.all(many.map((id) => redis.ttl(product(id))));
      expect(Math.max(...lives)).toBeLessThanOrEqual(300);
      expect(Math.min(...lives)).toBeGreaterThan(200);
      expect(new Set(lives).size).toBeGreaterThan(5);
      const none = await redis.ttl(product('nobody'));
      expect([none > 0, none <= 10]).toEqual([true, true]);
      expect(await redis.get(product('nobody'))).toBe('null');
    }));

  it.each(['{"id":7}', 'no JSON', '[]', ''])('that reads %j is none', (text) =>
    withCache(async (cache) => {
      await redis.set(product('a'), text);
      const { asked, ids } = owner(cache);
      expect(await ids(['a'])).toEqual(['a']);
      expect(asked).toEqual([['a']]);
      await eventually(async () => expect(await redis.get(product('a'))).not.toBe(text));
    }),
  );
});

describe('while Redis', () => {
  let cache: Cache;
  afterEach(() => cache.close());

  it('is frozen, values come from their owner, and only the first waits for Redis', async () => {
    cache = createCache(own.servers.redisUrl, log);
    await eventually(() => cache.drop('user', 'until it is connected'));
    const mine = connectRedis(`${own.servers.redisUrl}`, log);
    await eventually(() => mine.ping());
    own.freeze('redis');
    try {
      const { ids } = owner(cache);
      expect(await ids(['frozen'])).toEqual(['frozen']);
      expect(await ids(['frozen'])).toEqual(['frozen']);
      await expect(mine.ping()).rejects.toThrow();
      await eventually(() => expect(mine.status).not.toBe('ready'));
      // Refused before it is sent: nothing is waited for any more.
      for (let tries = 0; tries < 20; tries++) {
        await expect(mine.ping()).rejects.toThrow("Stream isn't writeable");
      }
    } finally {
      own.thaw('redis');
    }
    await eventually(() => mine.ping());
    mine.disconnect();
    await expectCached('thawed');
  });

  it('is down, values come from their owner, and are cached once it is back', async () => {
    cache = createCache(own.servers.redisUrl, log);
    await own.kill('redis');
    const before = await counted();
    const { asked, ids } = owner(cache);
    expect(await ids(['a', 'nobody'])).toEqual(['a']);
    expect(asked).toEqual([['a', 'nobody']]);
    expect((await counted()).fallback).toBe((before.fallback ?? 0) + 2);
    await expect(cache.drop('product', 'a')).rejects.toThrow();
    await own.start('redis');
    await expectCached('back');
  });

  async function expectCached(id: string) {
    const { asked, ids } = owner(cache);
    await eventually(async () => {
      const calls = asked.length;
      await ids([id]);
      await ids([id]);
      expect(asked.length - calls).toBeLessThan(2);
    });
  }
});

async function counted(): Promise<Record<string, number>> {
  const metric = await register.getSingleMetric('orders_cache_requests_total')?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [`${labels.result}`, value]),
  );
}
