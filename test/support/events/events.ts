import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Connection } from 'rabbitmq-client';
import { checkedEvent, type PublishedEvent } from './event-schemas.ts';

export interface EventLog {
  /** Where the broker puts them for this log, for a test that takes the queue away. */
  queue?: string;
  /** The events of an order, in the order they arrived; throws if one does not fit its schema. */
  of(orderId: string): Promise<PublishedEvent[]>;
  close(): Promise<void>;
}

/** Listens on the exchange as any consumer would, or reads the file that stands in for it. */
export async function openEventLog(url: string | undefined, file: string): Promise<EventLog> {
  return url === undefined ? fileLog(file) : rabbitLog(url);
}

/** Its queue is durable, so that it misses nothing when the broker is started again. */
async function rabbitLog(url: string): Promise<EventLog> {
  const seen: unknown[] = [];
  const connection = new Connection({ url, retryLow: 100, retryHigh: 1_000 });
  connection.on('error', () => undefined);
  const queue = `test-${randomUUID()}`;
  const consumer = connection.createConsumer(
    {
      queue,
      concurrency: 1,
      queueOptions: { durable: true, arguments: { 'x-expires': 600_000 } },
      exchanges: [{ exchange: 'orders', type: 'topic', durable: true }],
      queueBindings: [{ exchange: 'orders', routingKey: 'order.#' }],
    },
    async (message) => {
      seen.push(JSON.parse(String(message.body)));
    },
  );
  consumer.on('error', () => undefined);
  await new Promise((resolve) => consumer.once('ready', () => resolve(undefined)));
  return {
    queue,
    of: async (orderId) => eventsOf(orderId, seen),
    async close() {
      await consumer.close();
      await connection.queueDelete({ queue });
      await connection.close();
    },
  };
}

function fileLog(file: string): EventLog {
  return {
    async of(orderId) {
      const text = await readFile(file, 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line !== '');
      return eventsOf(
        orderId,
        lines.map((line) => JSON.parse(line)),
      );
    },
    async close() {},
  };
}

function eventsOf(orderId: string, seen: unknown[]): PublishedEvent[] {
  return seen
    .filter((event) => (event as Partial<PublishedEvent>).subject === orderId)
    .map(checkedEvent);
}
