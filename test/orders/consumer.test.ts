import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { Connection } from 'rabbitmq-client';
import { type BoardEntry, startConsumer } from '../../examples/consumer.ts';
import {
  createRabbitPublisher,
  type EventPublisher,
} from '../../src/clients/rabbitmq/event-publisher.ts';
import { type OrderEvent, orderEvent } from '../../src/domain/events.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { someEvents } from '../support/events/some-events.ts';
import { eventually } from '../support/eventually.ts';
import { testServers } from '../support/servers/servers.ts';

const TIME = '2026-01-15T10:20:30.123Z';
const QUEUES = ['order-board', 'order-board.dead'];

const url = testServers().rabbitmqUrl as string;
const mongodbUri = testServers().mongodbUri.replace(/\/orders(?=$|\?)/, `/test-${randomUUID()}`);
let database: mongoose.Connection;
let admin: Connection;
let publisher: EventPublisher;
let consumer: { stop(): Promise<void> } | undefined;
beforeAll(async () => {
  database = await mongoose.createConnection(mongodbUri).asPromise();
  admin = new Connection(url);
  publisher = createRabbitPublisher(url, createLogger('test', 'silent'));
  await eventually(() => publisher.publish(someEvents()));
});
afterEach(async () => {
  await consumer?.stop();
  consumer = undefined;
});
afterAll(async () => {
  await publisher?.close();
  for (const queue of QUEUES) await admin?.queueDelete(queue);
  await admin?.close();
  await database?.dropDatabase();
  await database?.close();
});

const entry = (orderId: string) =>
  database.collection<BoardEntry>('orderboard').findOne({ _id: orderId });

/** Paid and shipped. */
function life(orderId: string): OrderEvent[] {
  const owner = { orderId, userId: 'ana' };
  const changed = (version: number, from: OrderStatus, to: OrderStatus) =>
    orderEvent(version, TIME, {
      type: 'order.status_changed',
      data: { ...owner, from, to, comment: 'a test' },
    });
  const data = { ...owner, amount: 39.98, currency: 'EUR' };
  return [
    orderEvent(2, TIME, { type: 'order.paid', data }),
    changed(2, 'CREADO', 'PAGADO'),
    changed(3, 'PAGADO', 'ENVIADO'),
  ];
}

/** Resolves when the consumer has handled all that was published before. */
async function untilHandled(): Promise<void> {
  const [last] = someEvents() as [OrderEvent];
  await publisher.publish([last]);
  await eventually(async () => expect(await entry(last.data.orderId)).not.toBeNull());
}

describe('the example of a consumer', () => {
  it('counts an event once however often it comes, and keeps the newest status', async () => {
    consumer = await startConsumer(url, mongodbUri);
    const orderId = randomUUID();
    const events = life(orderId);
    await publisher.publish([...events, ...events, ...events.toReversed()]);
    await untilHandled();
    const seen = await entry(orderId);
    expect(seen).toMatchObject({ status: 'ENVIADO', version: 3, paid: 39.98 });
    expect(seen?.seen).toEqual(events.map(({ id }) => id));
  });

  it('does not take an older status for news when events come in another order', async () => {
    consumer = await startConsumer(url, mongodbUri);
    const orderId = randomUUID();
    await publisher.publish(life(orderId).toReversed());
    await untilHandled();
    expect(await entry(orderId)).toMatchObject({ status: 'ENVIADO', version: 3, paid: 39.98 });
  });

  it('gets what was published while it was away', async () => {
    await (await startConsumer(url, mongodbUri)).stop();
    const orderId = randomUUID();
    await publisher.publish(life(orderId));
    consumer = await startConsumer(url, mongodbUri);
    await untilHandled();
    expect(await entry(orderId)).toMatchObject({ status: 'ENVIADO', paid: 39.98 });
  });

  it('puts aside what is no event, and goes on', async () => {
    consumer = await startConsumer(url, mongodbUri);
    const channel = await admin.acquire();
    await channel.basicPublish({ routingKey: 'order-board' }, 'no event');
    await channel.close();
    await untilHandled();
    const aside = await admin.basicGet({ queue: 'order-board.dead', noAck: true });
    expect(String(aside?.body)).toBe('no event');
  });
});
