import type { EventPublisher } from '../services/events.ts';
import type { Outbox, UnsentRow } from '../store/outbox.ts';
import type { TakenOverOrders } from '../store/taken-over-orders.ts';
import { eventOf } from './events.ts';

interface Deps {
  outbox: Outbox;
  orders: TakenOverOrders;
  events: EventPublisher;
}

export interface Published {
  sent: number;
  /** Went out before, with the same id. */
  repeated: number;
  problems: number;
}

/**
 * Sends what another service left in its outbox, oldest first: each row is marked once the broker
 * has confirmed its event. A run that is cut off in between sends that one again, with its own id.
 */
export async function publishOutbox(
  { outbox, orders, events }: Deps,
  onProgress: (published: Published) => void = () => {},
): Promise<Published> {
  const published = { sent: 0, repeated: 0, problems: 0 };
  for await (const row of outbox.unsent()) {
    const found = 'problem' in row ? row : await read(row);
    if ('problem' in found) {
      await outbox.markProblem(row.id, found.problem);
      published.problems++;
    } else if (await outbox.wasSent(found.id)) {
      await outbox.markSent(row.id, found.id);
      published.repeated++;
    } else {
      await events.publish([found]);
      await outbox.markSent(row.id, found.id);
      published.sent++;
    }
    onProgress(published);
  }
  return published;

  async function read(row: UnsentRow) {
    const order = await orders.find(row.orderId);
    if (order === undefined) return { problem: `there is no order ${row.orderId}` };
    return eventOf(row, order) ?? { problem: `its order has no ${row.type} ${row.to ?? ''}` };
  }
}
