import { setTimeout } from 'node:timers/promises';
import { type AsyncMessage, Connection, ConsumerStatus } from 'rabbitmq-client';
import { z } from 'zod';
import type { CachedKind } from '../../contract/cache-keys.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Cache } from './cache.ts';

interface Options {
  url: string;
  /** The topic exchange to which users' and products' owners publish what happened to them. */
  exchange: string;
  /** A queue that all workers of a deployment share; each has one of its own without it. */
  queue: string | undefined;
  cache: Pick<Cache, 'drop' | 'reset'>;
  log: Logger;
}

/** A CloudEvent that names what changed, as its subject or as the id in its data. */
const Message = z
  .object({
    type: z.templateLiteral([z.enum(['user', 'product']), '.', z.string()]),
    subject: z.string().min(1).optional(),
    data: z.object({ id: z.string().min(1).optional() }).optional(),
  })
  .transform(({ type, subject, data }) => ({
    kind: type.slice(0, type.indexOf('.')) as CachedKind,
    id: subject ?? data?.id,
  }))
  .refine((change): change is { kind: CachedKind; id: string } => change.id !== undefined);

/** Longer than any entry lives: a message that nobody took for so long names nothing any more. */
const USEFUL_MS = 330_000;
const PAUSE_MS = 1_000;

export interface InvalidationConsumer {
  close(): Promise<void>;
}

/**
 * Drops from the cache what messages such as user.updated or product.deleted name. A message is
 * acknowledged when its entry is gone; one that says nothing is logged and forgotten.
 */
export function consumeInvalidations(options: Options): InvalidationConsumer {
  const { url, exchange, queue, cache, log } = options;
  const closing = new AbortController();
  const connection = new Connection({
    url,
    connectionName: 'orders-service cache',
    retryLow: 200,
    retryHigh: 5_000,
  });
  connection.on('error', (error: Error) =>
    log.warn({ err: error }, 'RabbitMQ connection of the cache'),
  );
  const consumer = connection.createConsumer(
    {
      ...(queue !== undefined && { queue }),
      queueOptions: {
        ...(queue === undefined ? { exclusive: true, autoDelete: true } : { durable: true }),
        arguments: { 'x-message-ttl': USEFUL_MS },
      },
      qos: { prefetchCount: 50 },
      exchanges: [{ exchange, type: 'topic', durable: true }],
      queueBindings: ['user.*', 'product.*'].map((routingKey) => ({ exchange, routingKey })),
    },
    take,
  );
  consumer.on('error', (error: Error) => log.warn({ err: error }, 'cache invalidation'));
  // Without a connection, a queue of this process alone loses what is published.
  consumer.on('ready', () => queue === undefined && cache.reset());

  async function take(message: AsyncMessage): Promise<ConsumerStatus> {
    const change = Message.safeParse(readBody(message));
    if (!change.success) {
      log.warn({ routingKey: message.routingKey }, 'a message that names no entry of the cache');
      return ConsumerStatus.ACK;
    }
    while (!closing.signal.aborted) {
      try {
        await cache.drop(change.data.kind, change.data.id);
        return ConsumerStatus.ACK;
      } catch {
        // What Redis cannot drop now it may still have when it is back.
        await setTimeout(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    return ConsumerStatus.REQUEUE;
  }

  return {
    async close() {
      closing.abort();
      await consumer.close();
      await connection.close();
    },
  };
}

/** JSON whatever the content type says; undefined for anything else. */
function readBody({ body }: AsyncMessage): unknown {
  try {
    return typeof body === 'string' || Buffer.isBuffer(body) ? JSON.parse(String(body)) : body;
  } catch {
    return undefined;
  }
}
