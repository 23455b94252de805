import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Connection } from 'rabbitmq-client';
import { z } from 'zod';
import { type Cache, createCache } from '../../src/clients/cache/cache.ts';
import {
  consumeInvalidations,
  type InvalidationConsumer,
} from '../../src/clients/cache/invalidation.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { eventually } from '../support/eventually.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';

const log = createLogger('test', 'silent');
const exchange = 'domain-events';
const queue = 'orders.cache-invalidation';

let own: OwnServers;
let rabbit: Connection;
beforeAll(async () => {
  own = await startOwnServers(['redis', 'rabbitmq']);
  rabbit = new Connection(`${own.servers.rabbitmqUrl}`);
  rabbit.on('error', () => undefined);
}, 60_000);
afterAll(async () => {
  await rabbit?.close();
  await own?.stop();
}, 60_000);

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function publish(routingKey: string, body: unknown): Promise<void> {
  const publisher = rabbit.createPublisher({
    confirm: true,
    exchanges: [{ exchange, type: 'topic', durable: true }],
  });
  await publisher.send({ exchange, routingKey, durable: true }, body);
  await publisher.close();
}

/** A cache over an owner whose values are the number of times it was asked. */
function cached(redisUrl: string | undefined) {
  const cache = createCache(redisUrl, log);
  closing.push(cache.close);
  let asked = 0;
  const lookUp = (kind: 'user' | 'product') => {
    const find = cache.lookup({
      kind,
      value: z.object({ id: z.string(), asked: z.int() }),
      load: async (ids) => ids.map((id) => ({ id, asked: ++asked })),
      idOf: ({ id }) => id,
    });
    return async (id: string) => (await find([id]))[0]?.asked;
  };
  return { cache, user: lookUp('user'), product: lookUp('product') };
}

function consume(cache: Cache, shared: string | undefined): InvalidationConsumer {
  const url = `${own.servers.rabbitmqUrl}`;
  const consumer = consumeInvalidations({ url, exchange, queue: shared, cache, log });
  closing.push(consumer.close);
  return consumer;
}

/** Waits until a value that nothing drops is read from the cache. */
async function untilKept(read: (id: string) => Promise<number | undefined>, id: string) {
  return eventually(async () => {
    const first = await read(id);
    expect(await read(id)).toBe(first);
    return first;
  });
}

const shared: [string, () => string | undefined, string | undefined][] = [
  ['in Redis', () => own.servers.redisUrl, queue],
  ['in the process', () => undefined, undefined],
];

describe.each(shared)('messages about what is cached %s', (_where, redisUrl, name) => {
  let world: ReturnType<typeof cached>;
  beforeEach(async () => {
    world = cached(redisUrl());
    consume(world.cache, name);
    // Until its queue is bound, nothing arrives.
    await eventually(async () => {
      const before = await untilKept(world.user, 'first');
      await publish('user.updated', { type: 'user.updated', subject: 'first' });
      await eventually(async () => expect(await world.user('first')).not.toBe(before), 1_000);
    });
  }, 60_000);

  it.each([
    ['user.updated', 'user', { subject: 'ana' }],
    ['user.deleted', 'user', { data: { id: 'ana' } }],
    ['product.updated', 'product', { subject: 'ana', data: { id: 'other' } }],
    ['product.updated', 'product', { data: { id: 'ana', price: 7 } }],
  ] as const)('%s drop the %s they name', async (type, kind, body) => {
    const other = kind === 'user' ? 'product' : 'user';
    const [dropped, kept] = [
      await untilKept(world[kind], 'ana'),
      await untilKept(world[other], 'ana'),
    ];
    await publish(type, { specversion: '1.0', id: 'e1', source: '/test', type, ...body });
    await eventually(async () => expect(await world[kind]('ana')).not.toBe(dropped));
    expect(await world[other]('ana')).toBe(kept);
  });

  it('that say nothing are forgotten, and the next one is heard', async () => {
    const before = await untilKept(world.product, 'P-1');
    for (const body of [
      'no JSON',
      '[]',
      { type: 'product.updated' },
      { type: 'order.paid' },
      null,
    ]) {
      await publish('product.updated', body);
    }
    await publish('product.updated', JSON.stringify({ type: 'product.updated', subject: 'P-1' }));
    await eventually(async () => expect(await world.product('P-1')).not.toBe(before));
  });
});

describe('a message', () => {
  it('that comes while Redis is frozen drops its entry when Redis is back', async () => {
    const { cache, product } = cached(own.servers.redisUrl);
    const before = await untilKept(product, 'P-2');
    consume(cache, queue);
    await eventually(() => publish('product.updated', { type: 'product.created', subject: 'P-0' }));
    own.freeze('redis');
    await publish('product.updated', { type: 'product.updated', subject: 'P-2' });
    own.thaw('redis');
    await eventually(async () =>
      expect(await untilKept(product, 'P-2')).toBeGreaterThan(before ?? 0),
    );
  });

  it('that comes while no worker runs drops its entry when one does', async () => {
    const { cache, product } = cached(own.servers.redisUrl);
    const before = await untilKept(product, 'P-3');
    await publish('product.updated', { type: 'product.updated', subject: 'P-3' });
    expect(await product('P-3')).toBe(before);
    consume(cache, queue);
    await eventually(async () => expect(await product('P-3')).not.toBe(before));
  });

  it('is heard again after RabbitMQ was killed', async () => {
    const { cache, user } = cached(own.servers.redisUrl);
    consume(cache, queue);
    await own.kill('rabbitmq');
    await own.start('rabbitmq');
    const before = await untilKept(user, 'eva');
    await eventually(async () => {
      await publish('user.updated', { type: 'user.updated', subject: 'eva' });
      expect(await user('eva')).not.toBe(before);
    });
  }, 90_000);
});

describe('a cache in the process', () => {
  it('forgets all when messages may have been missed', async () => {
    const { cache, user } = cached(undefined);
    const before = await user('leo');
    consume(cache, undefined);
    await eventually(async () => expect(await user('leo')).not.toBe(before));
  });
});
