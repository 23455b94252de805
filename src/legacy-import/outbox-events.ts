import { type OrderEvent, orderCreated, orderEvent, orderPaid } from '../domain/events.ts';
import type { ImportedOrder } from './imported-orders.ts';

/**
 * The event that an outbox row stands for, made anew from the order: with the id, the version and
 * the data that this service gives it. Undefined when the order's history knows of no such event.
 */
export function eventOf(
  { type, to }: { type: string; to?: string },
  { order, history }: ImportedOrder,
): OrderEvent | undefined {
  const first = history[0];
  switch (type) {
    case 'order.created':
      return first && orderEvent(first.version, first.at.toISOString(), orderCreated(order, order));
    case 'order.paid': {
      const paid = history.find(({ status }) => status === 'PAGADO');
      return paid && orderEvent(paid.version, paid.at.toISOString(), orderPaid(order, order));
    }
    case 'order.status_changed': {
      const position = history.findIndex(({ status }) => status === to);
      const [before, after] = [history[position - 1], history[position]];
      if (before === undefined || after === undefined) return undefined;
      const { orderId, userId } = order;
      const { status, comment } = after;
      return orderEvent(after.version, after.at.toISOString(), {
        type,
        data: { orderId, userId, from: before.status, to: status, comment },
      });
    }
    default:
      return undefined;
  }
}
