import { readFile } from 'node:fs/promises';
import { Connection } from 'rabbitmq-client';

export interface PublishedEvent {
  id: string;
  type: string;
  subject: string;
  sequence: string;
  data: Record<string, unknown>;
}

export interface EventLog {
  /** The events of an order, in the order they arrived. */
  of(orderId: string): Promise<PublishedEvent[]>;
  close(): Promise<void>;
}

/** Listens on the exchange as any consumer would, or reads the file that stands in for it. */
export async function openEventLog(url: string | undefined, file: string): Promise<EventLog> {
  return url === undefined ? fileLog(file) : rabbitLog(url);
}

async function rabbitLog(url: string): Promise<EventLog> {
  const seen: PublishedEvent[] = [];
  const connection = new Connection(url);
  const consumer = connection.createConsumer(
    {
      queueOptions: { exclusive: true, autoDelete: true },
      exchanges: [{ exchange: 'orders', type: 'topic', durable: true }],
      queueBindings: [{ exchange: 'orders', routingKey: 'order.#' }],
    },
    async (message) => {
      seen.push(JSON.parse(String(message.body)) as PublishedEvent);
    },
  );
  await new Promise((resolve) => consumer.once('ready', () => resolve(undefined)));
  return {
    of: async (orderId) => seen.filter(({ subject }) => subject === orderId),
    async close() {
      await consumer.close();
      await connection.close();
    },
  };
}

function fileLog(file: string): EventLog {
  return {
    async of(orderId) {
      const text = await readFile(file, 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line !== '');
      const events = lines.map((line) => JSON.parse(line) as PublishedEvent);
      return events.filter(({ subject }) => subject === orderId);
    },
    async close() {},
  };
}
