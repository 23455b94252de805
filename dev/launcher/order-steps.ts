import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { orderWorkflowId } from '../../src/contract/order.ts';

/** An activity of an order's workflow that has succeeded. */
export interface OrderStep {
  name: string;
  /** Milliseconds since the epoch. */
  at: number;
}

type Page = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];
type Time = { seconds?: unknown; nanos?: number | null } | null | undefined;

const NOT_FOUND = 5;
const RETRY_MS = 20;

/**
 * The steps of an order's workflow, each as soon as Temporal has it in the history. Waits for the
 * workflow to be started, and ends with it.
 */
export async function* followSteps(
  client: Client,
  orderId: string,
  signal: AbortSignal,
): AsyncGenerator<OrderStep> {
  const scheduled = new Map<string, string>();
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await readOn(client, orderId, nextPageToken, signal);
    const steps = (page.history?.events ?? []).flatMap((event) => stepsOf(event, scheduled));
    yield* steps;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
}

/** Waits for the next events. */
async function readOn(
  { options, connection, workflowService }: Client,
  orderId: string,
  nextPageToken: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const request = {
    namespace: options.namespace,
    execution: { workflowId: orderWorkflowId(orderId) },
    waitNewEvent: true,
    ...(nextPageToken && { nextPageToken }),
  };
  for (;;) {
    try {
      return await connection.withAbortSignal(signal, () =>
        workflowService.getWorkflowExecutionHistory(request),
      );
    } catch (error) {
      if (!isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
      await delay(RETRY_MS, undefined, { signal });
    }
  }
}

function stepsOf(event: HistoryEvent, scheduled: Map<string, string>): OrderStep[] {
  const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
  if (type) scheduled.set(`${event.eventId}`, type);
  const done = event.activityTaskCompletedEventAttributes?.scheduledEventId;
  const name = done && scheduled.get(`${done}`);
  return name ? [{ name, at: millis(event.eventTime) }] : [];
}

function millis(time: Time): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.round((time?.nanos ?? 0) / 1e6);
}
