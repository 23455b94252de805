import { allHandlersFinished, condition } from '@temporalio/workflow';
import type { EventQueue } from './event-queue.ts';
import type { OrderRecord } from './order-record.ts';

/** Resolves when all is written and published, and everyone has an answer. */
export async function finish(order: OrderRecord, events: EventQueue): Promise<void> {
  await order.written();
  await events.drained();
  do {
    await condition(allHandlersFinished);
    // Whoever retried the events left a note.
    await order.written();
  } while (!allHandlersFinished());
}
