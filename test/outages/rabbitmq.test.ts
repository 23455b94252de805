import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection, type SyncMessage } from 'rabbitmq-client';
import { StuckSurvey } from '../../src/activities/stuck-orders/survey.ts';
import {
  createRabbitPublisher,
  type EventPublisher,
  EXCHANGE,
  LOG_QUEUE,
} from '../../src/clients/rabbitmq/event-publisher.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { beginBulk } from '../../src/visibility/begin-bulk.ts';
import { request, ship } from '../support/api/requests.ts';
import { checkedEvent } from '../support/events/event-schemas.ts';
import { someEvents } from '../support/events/some-events.ts';
import { eventually } from '../support/eventually.ts';
import { refuseWrites } from '../support/mongodb/refuse-writes.ts';
import {
  seen,
  signal,
  untilEventsWait,
  untilStuck,
  update,
} from '../support/operators/operators.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';
import { type Stack, startStack } from '../support/stack.ts';

let own: OwnServers;
let url: string;
let admin: Connection;
beforeAll(async () => {
  own = await startOwnServers(['rabbitmq']);
  url = own.servers.rabbitmqUrl as string;
  admin = new Connection({ url, retryLow: 100, retryHigh: 1_000 });
  admin.on('error', () => undefined);
}, 60_000);
afterAll(async () => {
  await admin?.close();
  await own?.stop();
}, 60_000);

const publishers: EventPublisher[] = [];
afterEach(async () => {
  await Promise.all(publishers.splice(0).map((publisher) => publisher.close()));
});

function openPublisher(): EventPublisher {
  const publisher = createRabbitPublisher(url, createLogger('test', 'silent'));
  publishers.push(publisher);
  return publisher;
}

const publishEventually = (publisher: EventPublisher, events = someEvents()) =>
  eventually(() => publisher.publish(events));

/** Whether exchange and queue are there, and belong together. */
async function isDeclared(): Promise<boolean> {
  const channel = await admin.acquire();
  channel.on('basic.return', () => undefined);
  try {
    await channel.exchangeDeclare({ exchange: EXCHANGE, passive: true });
    await channel.queueDeclare({ queue: LOG_QUEUE, passive: true });
    return true;
  } catch {
    return false;
  } finally {
    await channel.close();
  }
}

/** Everything in the log queue, oldest first. */
async function drainLog(): Promise<SyncMessage[]> {
  const messages: SyncMessage[] = [];
  for (;;) {
    const message = await admin.basicGet({ queue: LOG_QUEUE, noAck: true });
    if (message === undefined) return messages;
    messages.push(message);
  }
}

describe('a message of the publisher', () => {
  it('is persistent, is a CloudEvent by its content type, and is routed by its type', async () => {
    const events = someEvents(3, 'a test, ¡olé!');
    await publishEventually(openPublisher(), events);
    const messages = await drainLog();
    expect(messages.map(({ messageId }) => messageId)).toEqual(events.map(({ id }) => id));
    for (const message of messages) {
      expect(message).toMatchObject({
        exchange: 'orders',
        routingKey: 'order.status_changed',
        contentType: 'application/cloudevents+json; charset=utf-8',
        durable: true,
      });
      const event = checkedEvent(JSON.parse(String(message.body)));
      expect(event).toMatchObject({ id: message.messageId, data: { comment: 'a test, ¡olé!' } });
    }
  });
});

describe('the topology', () => {
  it('is declared at the start, before anything is published', async () => {
    await admin.queueDelete({ queue: LOG_QUEUE });
    await admin.exchangeDelete({ exchange: EXCHANGE });
    openPublisher();
    await eventually(async () => expect(await isDeclared()).toBe(true));
  });

  it('is declared again when the broker has lost it, and the event is out then', async () => {
    const publisher = openPublisher();
    await publishEventually(publisher);
    await admin.queueDelete({ queue: LOG_QUEUE });
    await admin.exchangeDelete({ exchange: EXCHANGE });
    const events = someEvents();
    await expect(publisher.publish(events)).rejects.toMatchObject({ kind: 'unknown' });
    await publishEventually(publisher, events);
    expect((await drainLog()).map(({ messageId }) => messageId)).toEqual([events[0]?.id]);
  });

  it('is declared when the broker comes later than the service', async () => {
    await own.kill('rabbitmq');
    const publisher = openPublisher();
    try {
      await expect(publisher.publish(someEvents())).rejects.toMatchObject({
        service: 'rabbitmq',
        kind: 'transient',
        message: 'rabbitmq is not connected',
      });
    } finally {
      await own.start('rabbitmq');
    }
    await publishEventually(publisher);
  });
});

describe('an event that no queue takes', () => {
  it('is a failure for each of its attempts, also when there are several at once', async () => {
    const publisher = openPublisher();
    await publishEventually(publisher);
    await admin.queueUnbind({ exchange: EXCHANGE, queue: LOG_QUEUE, routingKey: 'order.#' });
    const events = someEvents();
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, () => publisher.publish(events)),
    );
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status: 'rejected', reason: { kind: 'unroutable' } });
    }
    await admin.queueBind({ exchange: EXCHANGE, queue: LOG_QUEUE, routingKey: 'order.#' });
    await publisher.publish(events);
  });
});

describe('a broker that does not answer', () => {
  it('fails the step within its time, and does not hold up the end of the program', async () => {
    const publisher = openPublisher();
    await publishEventually(publisher);
    own.freeze('rabbitmq');
    try {
      await expect(publisher.publish(someEvents())).rejects.toMatchObject({
        kind: 'unknown',
        message: 'rabbitmq did not confirm (TIMEOUT)',
      });
      await publisher.close();
    } finally {
      own.thaw('rabbitmq');
    }
  });
});

describe('an order whose events no queue takes', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({}, { servers: own.servers });
  });
  afterAll(async () => {
    await stack?.stop();
  });

  const bindings = () =>
    [LOG_QUEUE, stack.events.queue as string].map((queue) => ({
      exchange: EXCHANGE,
      queue,
      routingKey: 'order.#',
    }));
  const unbind = () => Promise.all(bindings().map((binding) => admin.queueUnbind(binding)));
  const bind = () => Promise.all(bindings().map((binding) => admin.queueBind(binding)));
  afterEach(bind);

  it.each([
    ['shipped', 'ENVIADO', ship],
    [
      'cancelled',
      'CANCELADO',
      (_stack: Stack, orderId: string) => update(_stack, orderId, 'cancelOrder', { by: 'olga' }),
    ],
  ] as const)(
    'is stuck, can be paid and %s, and is complete after a retry',
    async (_done, status, finish) => {
      await unbind();
      const { orderId } = await placed(stack);
      const { details, attributes } = await untilEventsWait(stack, orderId);
      expect(attributes).toMatchObject({ FailureType: ['rabbitmq_unroutable'] });
      expect(details).toContain('**publish the events** failed: rabbitmq has no queue for order.');
      await untilStatus(stack, orderId, 'PAGADO');
      await finish(stack, orderId);
      await untilStatus(stack, orderId, status);
      expect(await stack.events.of(orderId)).toEqual([]);

      await bind();
      expect(await update(stack, orderId, 'retry', { by: 'olga' })).toBe('done');
      expect(await outcome(stack, orderId)).toMatchObject({ status });
      await expectInvariants(stack, orderId);
      const { attributes: after } = await seen(stack, orderId);
      expect(after).toMatchObject({ NeedsAttention: [false] });
    },
  );

  it('needs nobody by itself: it is counted apart, listed when asked for, and retried with all others', async () => {
    await unbind();
    const { orderId } = await placed(stack);
    const { details } = await untilEventsWait(stack, orderId);
    expect(details).toContain('# This order goes on, and its events wait for RabbitMQ');
    const survey = new StuckSurvey({ client: stack.client, taskQueue: stack.taskQueue });
    await eventually(async () => {
      expect(await survey.take()).toMatchObject({ total: 0, waiting: 1 });
    });
    const list = async (query: string) =>
      (await request(stack, `/api/admin/orders/stuck${query}`, { role: 'admin' })).json();
    expect(await list('')).toMatchObject({ total: 0 });
    expect(await list('?failedStep=publishEvents')).toMatchObject({
      ...{ total: 1, orders: [{ orderId, step: 'publishEvents', failure: 'rabbitmq_unroutable' }] },
    });
    const cancel = { action: 'cancelStuck', by: 'olga' } as const;
    expect(await beginBulk(stack.client, stack.taskQueue, cancel)).toMatchObject({ matched: 0 });
    await bind();
    await request(stack, '/api/admin/orders/stuck/retry', {
      method: 'POST',
      body: {},
      role: 'admin',
    });
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    await outcome(stack, orderId);
    await expectInvariants(stack, orderId);
  });

  it('does not end before the notes of its retries are written', async () => {
    await unbind();
    const { orderId } = await placed(stack);
    await untilEventsWait(stack, orderId);
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    const repair = await refuseWrites(stack, 'orderstatushistory');
    try {
      await bind();
      expect(await update(stack, orderId, 'retry', { by: 'olga' })).toBe('done');
      await untilStuck(stack, orderId, 'recordNote');
    } finally {
      await repair();
    }
    await signal(stack, orderId, 'retry', { by: 'otto' });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    const { history } = await documents(stack, orderId);
    expect(history.slice(3).map(({ createdBy }) => createdBy)).toEqual(['olga', 'otto']);
    await expectInvariants(stack, orderId);
  });
});
