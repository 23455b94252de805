import { randomUUID } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import { CloudEvent } from 'cloudevents';
import { Counter, Histogram } from 'prom-client';
import { type Channel, Connection } from 'rabbitmq-client';
import type { OrderEvent } from '../../domain/events.ts';
import type { Logger } from '../../platform/logger.ts';
import { inSpan } from '../../platform/tracing/span.ts';
import { traceContext } from '../../platform/tracing/work.ts';
import { ServiceFailure } from '../http/service-failure.ts';

export const EXCHANGE = 'orders';
/** Keeps the newest events for whoever wants to look; no consumer of the service's own. */
export const LOG_QUEUE = 'orders.log';
const LOG_LENGTH = 10_000;

const CONNECT_MS = 10_000;
const CONFIRM_MS = 5_000;
const CLOSE_MS = 1_000;

export interface EventPublisher {
  /** Resolves when there is somebody to hand events to. Throws ServiceFailure after 10 s. */
  ready(): Promise<void>;
  /**
   * Resolves when every event is safely handed over, in the order given. Throws ServiceFailure;
   * some may be out then, and all are published again with the same ids.
   */
  publish(events: readonly OrderEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** Publishes to the topic exchange `orders`: persistent, mandatory, each one confirmed. */
export function createRabbitPublisher(url: string, log: Logger): EventPublisher {
  const connection = new Connection({
    url,
    connectionName: 'orders-service',
    connectionTimeout: 5_000,
    heartbeat: 10,
    retryLow: 200,
    retryHigh: 5_000,
  });
  connection.on('error', (error) => log.warn({ err: error }, 'RabbitMQ connection'));
  connection.on('connection.blocked', (reason) => log.warn({ reason }, 'RabbitMQ takes nothing'));
  connection.on('connection', () => {
    log.info('RabbitMQ is connected');
    openChannel().catch((error) => log.warn({ err: error }, 'RabbitMQ channel'));
  });

  /** Whether the message came back, for each attempt; an event may be under way twice. */
  const attempts = new Map<string, boolean>();
  let channel: Channel | undefined;
  let opening: Promise<Channel> | undefined;

  /** A broker may have lost everything while it was away, so each new channel declares it all. */
  async function openChannel(): Promise<Channel> {
    if (channel?.active) return channel;
    opening ??= declaredChannel().finally(() => {
      opening = undefined;
    });
    channel = await opening;
    return channel;
  }

  async function declaredChannel(): Promise<Channel> {
    const opened = await connection.acquire();
    opened.on('basic.return', ({ correlationId = '' }) => {
      if (attempts.has(correlationId)) attempts.set(correlationId, true);
    });
    await declareTopology(opened);
    await opened.confirmSelect();
    return opened;
  }

  async function send(event: OrderEvent): Promise<void> {
    if (!connection.ready) throw new ServiceFailure('rabbitmq', 'transient', 'is not connected');
    const attempt = randomUUID();
    attempts.set(attempt, false);
    try {
      await within(CONFIRM_MS, confirmed(event, attempt));
      if (attempts.get(attempt)) {
        throw new ServiceFailure('rabbitmq', 'unroutable', `has no queue for ${event.type}`);
      }
      count(event);
    } catch (error) {
      if (error instanceof ServiceFailure) throw error;
      throw new ServiceFailure('rabbitmq', 'unknown', `did not confirm (${codeOf(error)})`);
    } finally {
      attempts.delete(attempt);
    }
  }

  async function confirmed(event: OrderEvent, correlationId: string): Promise<void> {
    const open = await openChannel();
    await open.basicPublish(
      {
        exchange: EXCHANGE,
        routingKey: event.type,
        messageId: event.id,
        correlationId,
        type: event.type,
        contentType: 'application/cloudevents+json; charset=utf-8',
        durable: true,
        mandatory: true,
        headers: { ...traceContext() },
      },
      // A string would go out as text/plain.
      Buffer.from(JSON.stringify(toCloudEvent(event))),
    );
    // The broker returns a message before it confirms it, but the client tells of the return later.
    await setImmediate();
  }

  return {
    async ready() {
      await connection.onConnect(CONNECT_MS, true).catch(() => {
        throw new ServiceFailure('rabbitmq', 'transient', 'is not connected');
      });
    },
    async publish(events) {
      for (const event of events)
        await inSpan(`publish ${event.type}`, spanOf(event), () => send(event));
    },
    async close() {
      const closed = Promise.resolve(channel?.close()).then(() => connection.close());
      // A broker that does not answer must not hold up the end of the program.
      await within(CLOSE_MS, closed).catch(() => connection.unsafeDestroy());
    },
  };
}

function spanOf({ id, type }: OrderEvent) {
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': EXCHANGE,
    'messaging.rabbitmq.destination.routing_key': type,
    'messaging.message.id': id,
  };
  return { kind: SpanKind.PRODUCER, attributes };
}

const published = new Counter({
  name: 'orders_events_published_total',
  help: 'Events that were safely handed over, each time that they were',
  labelNames: ['type'],
});
const lag = new Histogram({
  name: 'orders_event_lag_seconds',
  help: 'From the change of an order until its event is handed over',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600, 86_400],
});

function count({ type, time }: OrderEvent): void {
  published.inc({ type });
  lag.observe((Date.now() - Date.parse(time)) / 1_000);
}

async function declareTopology(channel: Channel): Promise<void> {
  await channel.exchangeDeclare({ exchange: EXCHANGE, type: 'topic', durable: true });
  await channel.queueDeclare({
    queue: LOG_QUEUE,
    durable: true,
    arguments: { 'x-max-length': LOG_LENGTH, 'x-overflow': 'drop-head' },
  });
  await channel.queueBind({ exchange: EXCHANGE, queue: LOG_QUEUE, routingKey: 'order.#' });
}

/** For development without a broker: the same events as JSON lines. */
export function createFilePublisher(path: string): EventPublisher {
  return {
    async ready() {},
    async publish(events) {
      const lines = events.map((event) => `${JSON.stringify(toCloudEvent(event))}\n`);
      try {
        await mkdir(dirname(path), { recursive: true });
        // One write at the end of the file: lines of several writers never mix.
        await appendFile(path, lines.join(''));
        for (const event of events) count(event);
      } catch (error) {
        throw new ServiceFailure('events', 'unknown', `were not written (${codeOf(error)})`);
      }
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
    // The distributed tracing extension of CloudEvents.
    ...traceContext(),
    data: event.data,
  });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'TIMEOUT' })), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? 'error');
}
