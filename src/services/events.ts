import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CloudEvent } from 'cloudevents';
import { Connection } from 'rabbitmq-client';
import type { OrderEvent } from '../domain/events.ts';
import type { Logger } from '../log.ts';
import { ServiceFailure } from './failure.ts';

export const EXCHANGE = 'orders';
/** Keeps the newest events for whoever wants to look; no consumer of the service's own. */
export const LOG_QUEUE = 'orders.log';
const LOG_LENGTH = 10_000;

export interface EventPublisher {
  /** Resolves when every event is safely handed over, in the order given. */
  publish(events: readonly OrderEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** Publishes to the topic exchange `orders`: persistent, mandatory, each one confirmed. */
export function createRabbitPublisher(url: string, log: Logger): EventPublisher {
  const connection = new Connection({
    url,
    connectionName: 'orders-service',
    acquireTimeout: 5_000,
    retryLow: 200,
    retryHigh: 5_000,
  });
  const returned = new Set<unknown>();
  const publisher = connection.createPublisher({
    confirm: true,
    exchanges: [{ exchange: EXCHANGE, type: 'topic', durable: true }],
    queues: [
      {
        queue: LOG_QUEUE,
        durable: true,
        arguments: { 'x-max-length': LOG_LENGTH, 'x-overflow': 'drop-head' },
      },
    ],
    queueBindings: [{ exchange: EXCHANGE, queue: LOG_QUEUE, routingKey: 'order.#' }],
    onReturn: (message) => returned.add(message.messageId),
  });
  connection.on('error', (error: Error) =>
    log.warn({ error: error.message }, 'RabbitMQ connection'),
  );

  async function send(event: OrderEvent): Promise<void> {
    const cloudEvent = toCloudEvent(event);
    try {
      await publisher.send(
        {
          exchange: EXCHANGE,
          routingKey: event.type,
          messageId: event.id,
          contentType: 'application/cloudevents+json; charset=utf-8',
          durable: true,
          mandatory: true,
        },
        JSON.stringify(cloudEvent),
      );
    } catch (error) {
      throw new ServiceFailure('rabbitmq', 'unknown', `did not confirm (${codeOf(error)})`);
    }
    // The broker returns an unroutable message before it confirms it.
    if (returned.delete(event.id)) {
      throw new ServiceFailure('rabbitmq', 'transient', `has no queue for ${event.type}`);
    }
  }

  return {
    async publish(events) {
      for (const event of events) await send(event);
    },
    async close() {
      await publisher.close();
      await connection.close();
    },
  };
}

/** For development without a broker: the same events as JSON lines. */
export function createFilePublisher(path: string): EventPublisher {
  return {
    async publish(events) {
      await mkdir(dirname(path), { recursive: true });
      const lines = events.map((event) => `${JSON.stringify(toCloudEvent(event))}\n`);
      await appendFile(path, lines.join(''));
    },
    async close() {},
  };
}

function toCloudEvent(event: OrderEvent): CloudEvent<OrderEvent['data']> {
  return new CloudEvent({
    id: event.id,
    type: event.type,
    source: '/orders',
    subject: event.data.orderId,
    time: event.time,
    sequence: String(event.version),
    datacontenttype: 'application/json',
    data: event.data,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
