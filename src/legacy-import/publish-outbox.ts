import type { EventPublisher } from '../clients/rabbitmq/event-publisher.ts';
import type { OrderEvent } from '../domain/events.ts';
import type { ImportedOrder, ImportedOrders } from './imported-orders.ts';
import type { Outbox, SentRow, UnreadableRow, UnsentRow } from './outbox.ts';
import { eventOf } from './outbox-events.ts';

interface Deps {
  outbox: Outbox;
  orders: ImportedOrders;
  events: EventPublisher;
}

export interface Published {
  sent: number;
  /** Went out before, with the same id. */
  repeated: number;
  problems: number;
}

/** Orders whose events are under way at once, each with one: a confirm takes a round trip to disk. */
const ORDERS_AT_ONCE = 250;

type Mark = SentRow | UnreadableRow;

/**
 * Sends what the legacy service left in its outbox: the orders in the sequence of their oldest row,
 * many at once, and the events of one order one after the other, by version. Rows are marked once the
 * broker has confirmed their event. A run that is cut off in between sends again what it had not
 * marked, with the same ids.
 */
export async function publishOutbox(
  { outbox, orders, events }: Deps,
  onProgress: (published: Published) => void = () => {},
): Promise<Published> {
  const published = { sent: 0, repeated: 0, problems: 0 };
  const { byOrder, problems } = await readRows(outbox, orders);
  await settle(problems);
  const sent = await outbox.sentIds();

  for (const ids of batches([...byOrder.keys()], ORDERS_AT_ONCE)) {
    const found = await orders.findMany(ids);
    const marks: Mark[] = [];
    const ended = await Promise.allSettled(
      [...found].map(([id, order]) => publishOrder(order, byOrder.get(id) ?? [], marks)),
    );
    // What was confirmed is marked also when another order's event was not.
    await settle(marks);
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
  return published;

  async function publishOrder(order: ImportedOrder, rows: readonly UnsentRow[], marks: Mark[]) {
    const read: { id: UnsentRow['id']; event: OrderEvent }[] = [];
    for (const row of rows) {
      const event = eventOf(row, order);
      if (event !== undefined) read.push({ id: row.id, event });
      else marks.push({ id: row.id, problem: `its order has no ${row.type} ${row.to ?? ''}` });
    }
    for (const { id, event } of read.sort((one, other) => inOrder(one.event, other.event))) {
      if (sent.has(event.id)) published.repeated++;
      else {
        await events.publish([event]);
        sent.add(event.id);
        published.sent++;
      }
      marks.push({ id, eventId: event.id });
    }
  }

  async function settle(marks: readonly Mark[]): Promise<void> {
    await outbox.mark(marks);
    published.problems += marks.filter((mark) => 'problem' in mark).length;
    onProgress(published);
  }
}

/** All rows that wait, by order and oldest first: the rows of one order need not lie together. */
async function readRows(outbox: Outbox, orders: ImportedOrders) {
  const rows: UnsentRow[] = [];
  const problems: UnreadableRow[] = [];
  for await (const row of outbox.unsent()) {
    if ('problem' in row) problems.push(row);
    else rows.push(row);
  }
  const byOrder = new Map<string, UnsentRow[]>();
  for (const batch of batches(rows, 1_000)) {
    const known = await orders.publicIds([...new Set(batch.map(({ orderId }) => orderId))]);
    for (const row of batch) {
      const id = known.get(row.orderId);
      if (id === undefined) {
        problems.push({ id: row.id, problem: `there is no order ${row.orderId}` });
      } else if (byOrder.get(id)?.push(row) === undefined) byOrder.set(id, [row]);
    }
  }
  return { byOrder, problems };
}

/** An order.paid leaves before the status_changed of the same version, as this service's own do. */
function inOrder(one: OrderEvent, other: OrderEvent): number {
  return one.version - other.version || one.type.localeCompare(other.type);
}

function* batches<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
