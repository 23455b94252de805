import { randomUUID } from 'node:crypto';
import { type OrderEvent, orderEvent } from '../../../src/domain/events.ts';

/** Events of one order, one for each version. */
export function someEvents(count = 1, comment = 'a test'): OrderEvent[] {
  const orderId = randomUUID();
  const data = { orderId, userId: 'ana', from: 'CREADO', to: 'PAGADO', comment } as const;
  return Array.from({ length: count }, (_, index) =>
    orderEvent(index + 1, '2026-01-15T10:20:30.123Z', { type: 'order.status_changed', data }),
  );
}
