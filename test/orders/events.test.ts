import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFilePublisher } from '../../src/clients/rabbitmq/event-publisher.ts';
import {
  type OrderEventData,
  orderCreated,
  orderEvent,
  orderPaid,
} from '../../src/domain/events.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { checkedEvent, eventSchemas } from '../support/events/event-schemas.ts';
import { someEvents } from '../support/events/some-events.ts';

const TIME = '2026-01-15T10:20:30.123Z';

/** Publishes to a file of its own, and answers what is in it then. */
async function written(publish: (path: string) => Promise<unknown>): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-events-'));
  try {
    const path = join(folder, 'deep', 'events.jsonl');
    await publish(path);
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    return lines.map((line) => JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the schemas of the events', () => {
  it.each(Object.entries(eventSchemas))('have an example of %s that fits', (type, schema) => {
    for (const example of schema.examples) expect(checkedEvent(example).type).toBe(type);
  });

  it('fit every event that an order can have', async () => {
    const minor = fc.nat(100_000_000);
    const line = fc.record({
      productId: fc.string({ minLength: 1 }),
      productName: fc.string(),
      productSku: fc.string(),
      quantity: fc.integer({ min: 1, max: 1000 }),
      unitPrice: minor,
      discountAmount: minor,
      totalPrice: minor,
    });
    const priced = fc.record({
      currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
      lines: fc.array(line, { minLength: 1, maxLength: 5 }),
      taxAmount: minor,
      shippingAmount: minor,
      totalAmount: minor,
    });
    const order = fc.record({ orderId: fc.uuid(), userId: fc.string({ minLength: 1 }) });
    const events = fc
      .tuple(order, priced, fc.string(), fc.integer({ min: 1, max: 1000 }))
      .map(([owner, prices, comment, version]) => {
        const changed = (from: OrderStatus, to: OrderStatus): OrderEventData => ({
          type: 'order.status_changed',
          data: { ...owner, from, to, comment },
        });
        return [
          orderCreated(owner, prices),
          orderPaid(owner, prices),
          changed('CREADO', 'PAGADO'),
          changed('PAGADO', 'ENVIADO'),
          changed('PAGADO', 'CANCELADO'),
        ].map((data) => orderEvent(version, TIME, data));
      });
    await fc.assert(
      fc.asyncProperty(events, async (batch) => {
        const lines = await written((path) => createFilePublisher(path).publish(batch));
        expect(lines.map((event) => checkedEvent(event).id)).toEqual(batch.map(({ id }) => id));
      }),
      { numRuns: 50 },
    );
  });

  it('say what is in the data, and nothing else is', async () => {
    const [created] = Object.values(eventSchemas).flatMap((schema) => schema.examples);
    const { userId, ...incomplete } = created.data;
    expect(() => checkedEvent({ ...created, data: incomplete })).toThrow("property 'userId'");
    const generous = { ...created, data: { ...created.data, card: '4111' } };
    expect(() => checkedEvent(generous)).toThrow('unevaluated');
    expect(() => checkedEvent({ ...created, sequence: '2' })).toThrow('contradicts itself');
  });
});

describe('the file of events', () => {
  it('has whole lines, in the order of each writer, however many write at once', async () => {
    const batches = Array.from({ length: 20 }, () => someEvents(50, 'x'.repeat(1_000)));
    const lines = await written((path) =>
      Promise.all(batches.map((batch) => createFilePublisher(path).publish(batch))),
    );
    expect(lines).toHaveLength(1000);
    for (const batch of batches) {
      const subject = batch[0]?.data.orderId;
      const mine = lines.map(checkedEvent).filter((event) => event.subject === subject);
      expect(mine.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    }
  });

  it('that cannot be written fails the step, and names no path', async () => {
    const publishing = createFilePublisher('/dev/null/events.jsonl').publish([]);
    await expect(publishing).rejects.toThrow(/^events were not written \(E[A-Z]+\)$/);
  });
});
