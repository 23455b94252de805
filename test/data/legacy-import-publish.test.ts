import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createRabbitPublisher,
  type EventPublisher,
} from '../../src/clients/rabbitmq/event-publisher.ts';
import { ImportedOrders } from '../../src/legacy-import/imported-orders.ts';
import { Outbox } from '../../src/legacy-import/outbox.ts';
import { publishOutbox } from '../../src/legacy-import/publish-outbox.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectStore } from '../../src/store/connection.ts';
import { eventually } from '../support/eventually.ts';
import { startImported } from '../support/legacy/imported-orders.ts';
import { documents } from '../support/orders/orders.ts';
import type { Stack } from '../support/stack.ts';

const COUNT = 300;

let imported: Awaited<ReturnType<typeof startImported>>;
let stack: Stack;
beforeAll(async () => {
  imported = await startImported(COUNT);
  ({ stack } = imported);
}, 120_000);
afterAll(async () => {
  await imported?.stack.stop();
}, 60_000);

const run = (...args: string[]) => imported.run(...args);
const anOrder = (filter: Record<string, unknown>) => imported.anOrder(filter);

describe('the outbox of an imported database', () => {
  it('holds up the start of imported orders: their events would be out of order', async () => {
    await expect(run('start', '--all')).rejects.toThrow(/are not published yet/);
  });

  it('is published once, with stable ids, also when it is interrupted', async () => {
    const outbox = stack.db.collection('outboxes');
    const unsent = await outbox.countDocuments({ processed: false });
    expect(unsent).toBeGreaterThan(120);
    const interrupted = await publishAndFail(40);
    // What the broker has confirmed is marked, also when another event was not.
    expect(await outbox.countDocuments({ eventId: { $exists: true } })).toBe(interrupted.length);
    await run('publish');
    expect(await outbox.countDocuments({ processed: false })).toBe(0);
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 0 rows cannot be read',
    ]);

    const rows = await outbox.find({ eventId: { $exists: true } }).toArray();
    expect(new Set(rows.map(({ eventId }) => eventId)).size).toBe(unsent);
    const orders = stack.db.collection('orders').find({ uuid: { $in: rows.map(idOf) } });
    for (const { uuid } of await orders.toArray()) {
      const { history } = await documents(stack, uuid);
      const expected = history.flatMap(({ status, version }) => [
        ...(status === 'CREADO' ? [`${uuid}:${version}:order.created`] : []),
        ...(status === 'PAGADO' ? [`${uuid}:${version}:order.paid`] : []),
        ...(status === 'CREADO' ? [] : [`${uuid}:${version}:order.status_changed`]),
      ]);
      await eventually(async () => {
        expect((await stack.events.of(uuid)).map(({ id }) => id)).toEqual(expected);
      });
    }
  }, 120_000);

  it('leaves many at once, and those of one order by version, whatever their rows’ sequence', async () => {
    const outbox = stack.db.collection('outboxes');
    const sent = { processed: true, eventId: { $exists: true } };
    const rows = await outbox.find(sent).sort({ createdAt: 1, _id: 1 }).toArray();
    await outbox.updateMany(sent, { $set: { processed: false }, $unset: { eventId: '' } });
    // The last row of an order was written first, by a clock that was wrong.
    for (const { _id } of rows.filter(({ eventId }) => `${eventId}`.includes(':3:'))) {
      await outbox.updateOne({ _id }, { $set: { createdAt: new Date(0) } });
    }
    const underway = new Set<string>();
    let most = 0;
    const versions = new Map<string, number[]>();
    await publishWith({
      async publish(batch) {
        for (const { data, version } of batch) {
          expect(underway).not.toContain(data.orderId);
          underway.add(data.orderId);
          most = Math.max(most, underway.size);
          await setImmediate();
          versions.set(data.orderId, [...(versions.get(data.orderId) ?? []), version]);
          underway.delete(data.orderId);
        }
      },
    });
    expect([...versions.values()].flat()).toHaveLength(rows.length);
    expect(most).toBe(versions.size);
    for (const seen of versions.values()) expect(seen).toEqual([...seen].sort());
  }, 60_000);

  it('may have rows that make no sense: they are kept, said, and tried again on demand', async () => {
    const rows = stack.db.collection('outboxes');
    const { orderId } = await anOrder({ status: 'ENVIADO' });
    await rows.insertOne({ eventType: 'order.paid', payload: '{broken', processed: false });
    await rows.insertOne({ eventType: 'order.lost', payload: { orderId }, processed: false });
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 2 rows cannot be read',
    ]);
    expect(await run('status')).toContain(
      '2 outbox rows that a person has to look at (importProblem)',
    );
    expect(await run('publish')).toEqual([
      '0 events published, 0 were out already, 0 rows cannot be read',
    ]);
    await rows.updateOne(
      { payload: '{broken' },
      { $set: { eventData: { orderId }, payload: null } },
    );
    expect(await run('publish', '--retry')).toEqual([
      '2 rows are tried again',
      expect.stringMatching(
        /^(1|0) events published, (0|1) were out already, 1 rows cannot be read$/,
      ),
    ]);
    const [still, ...others] = await rows.find({ processed: false }).toArray();
    expect(others).toEqual([]);
    expect(still).toMatchObject({
      eventType: 'order.lost',
      importProblem: expect.stringContaining('order.lost'),
    });
  });

  it('is told of by the status, with what was imported from where', async () => {
    const lines = await run('status');
    expect(lines[0]).toMatch(/^collection +found +taken +left$/);
    expect(lines).toContainEqual(expect.stringMatching(/^orders +300 +300 +0$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^orderstatushistories +\d+ +\d+ +0 .*becomes orderstatushistory/),
    );
  });
});

const idOf = ({ eventId }: Record<string, unknown>) => `${eventId}`.slice(0, 36);

/** Publishes until the broker is gone, and answers the ids of what it has confirmed. */
async function publishAndFail(after: number): Promise<string[]> {
  const url = stack.workerEnv.RABBITMQ_URL;
  if (url === undefined) throw new Error('this test needs RabbitMQ');
  const publisher = createRabbitPublisher(url, createLogger('test', 'silent'));
  const sent: string[] = [];
  let asked = 0;
  const publishing = publishWith({
    async publish(batch) {
      if (++asked > after) throw new Error('the broker is gone');
      await publisher.publish(batch);
      sent.push(...batch.map(({ id }) => id));
    },
  });
  try {
    await expect(publishing).rejects.toThrow('the broker is gone');
    return sent;
  } finally {
    await publisher.close();
  }
}

async function publishWith({ publish }: Pick<EventPublisher, 'publish'>): Promise<void> {
  const connection = await connectStore(imported.uri);
  const events: EventPublisher = { publish, ready: async () => {}, close: async () => {} };
  const outbox = new Outbox(connection, 'outboxes');
  try {
    await publishOutbox({ outbox, orders: new ImportedOrders(connection), events });
  } finally {
    await connection.close();
  }
}
