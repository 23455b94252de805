import type { Client } from '@temporalio/client';
import { orderWorkflowId } from '../../src/contract.ts';

/** One step that an order took, `ms` after it was placed. */
export interface OrderEventLine {
  id: string;
  ms: number;
  text: string;
}

const DONE: Record<string, string> = {
  validateUser: 'Auth knows the user',
  fetchProducts: 'Products told names and prices',
  createOrder: 'the order is in MongoDB: CREADO',
  reserveStock: 'Inventory holds the stock',
  chargePayment: 'Payments captured the money',
  recordTransition: 'the order is in MongoDB: PAGADO',
  publishEvents: 'order.created, order.paid and order.status_changed are published',
};

/** The steps that an order's workflow has taken so far, from its history. */
export async function readSteps(client: Client, orderId: string): Promise<OrderEventLine[]> {
  const { events } = await client.workflow.getHandle(orderWorkflowId(orderId)).fetchHistory();
  const began = millis(events?.[0]?.eventTime);
  const scheduled = new Map<string, string>();
  const lines: OrderEventLine[] = [];
  for (const event of events ?? []) {
    const step = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (step) scheduled.set(`${event.eventId}`, step);
    const done = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const name = done ? scheduled.get(`${done}`) : localStep(event.markerRecordedEventAttributes);
    const text = name && DONE[name];
    if (text) {
      lines.push({ id: `${name} ${event.eventId}`, ms: millis(event.eventTime) - began, text });
    }
  }
  return lines;
}

interface Marker {
  markerName?: string | null;
  details?: Record<string, { payloads?: { data?: Uint8Array | null }[] | null }> | null;
}

/** A local activity leaves a marker, whose data names it. */
function localStep(marker: Marker | null | undefined): string | undefined {
  const data = marker?.details?.data?.payloads?.[0]?.data;
  if (!data) return undefined;
  const parsed: unknown = JSON.parse(Buffer.from(data).toString());
  const { activity_type: name } = parsed as { activity_type?: string };
  return name;
}

function millis(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.round((time?.nanos ?? 0) / 1e6);
}
