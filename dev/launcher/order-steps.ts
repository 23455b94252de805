import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { orderWorkflowId } from '../../src/contract/order.ts';

/** An activity of an order's workflow that has succeeded. */
export interface OrderStep {
  name: string;
  /** Milliseconds since the epoch. */
  at: number;
}

type Handle = ReturnType<Client['workflow']['getHandle']>;

const NOT_FOUND = 5;
const POLL_MS = 50;

/**
 * The steps of an order's workflow, each as soon as Temporal has it in the history. Waits for the
 * workflow to be started; ends when whoever reads has seen enough, or by the signal.
 */
export async function* followSteps(
  client: Client,
  orderId: string,
  signal: AbortSignal,
): AsyncGenerator<OrderStep> {
  const handle = client.workflow.getHandle(orderWorkflowId(orderId));
  for (let told = 0; ; await delay(POLL_MS, undefined, { signal })) {
    const steps = await stepsSoFar(handle);
    yield* steps.slice(told);
    told = steps.length;
  }
}

async function stepsSoFar(handle: Handle): Promise<OrderStep[]> {
  const { events } = await handle.fetchHistory().catch((error: unknown) => {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return { events: [] };
    throw error;
  });
  const scheduled = new Map<string, string>();
  return (events ?? []).flatMap((event) => {
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (type) scheduled.set(`${event.eventId}`, type);
    const done = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const name = done && scheduled.get(`${done}`);
    const { seconds, nanos } = event.eventTime ?? {};
    return name ? [{ name, at: Number(seconds) * 1000 + Math.round((nanos ?? 0) / 1e6) }] : [];
  });
}
