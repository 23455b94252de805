import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { orderWorkflowId, searchAttributes } from '../../src/contract/order.ts';
import type { BenchOrder } from '../load.ts';
import { quantile } from '../statistics.ts';

const { HistoryEvent } = proto.temporal.api.history.v1;
type Event = proto.temporal.api.history.v1.IHistoryEvent;

export interface HistorySize {
  events: number;
  bytes: number;
}

const SAMPLE = 20;

/** The usual length of a workflow's history, of a sample; by now all of its events are out. */
export async function historyOf(
  temporal: Client,
  placed: readonly BenchOrder[],
): Promise<HistorySize> {
  const described = await Promise.all(
    sample(placed).map(({ orderId }) => handleOf(temporal, orderId).describe()),
  );
  return median(
    described.map(({ historyLength, historySize = 0 }) => ({
      events: historyLength,
      bytes: historySize,
    })),
  );
}

/**
 * The same until the order is PAGADO: up to the end of the workflow task that follows the record of
 * it, which is the one that tells the search attribute. Undefined when a history has no such task.
 */
export async function historyUntilPaid(
  temporal: Client,
  placed: readonly BenchOrder[],
): Promise<HistorySize | undefined> {
  const sizes = await Promise.all(
    sample(placed).map(async ({ orderId }) => {
      const { events } = await handleOf(temporal, orderId).fetchHistory();
      return sizeUntilPaid(events ?? []);
    }),
  );
  const known = sizes.filter((size) => size !== undefined);
  return known.length < sizes.length ? undefined : median(known);
}

function sizeUntilPaid(events: readonly Event[]): HistorySize | undefined {
  const told = events.findIndex(isPaidTold);
  const end = events.slice(0, told + 1).findLastIndex(isTaskCompleted) + 1;
  if (end === 0) return undefined;
  const bytes = events
    .slice(0, end)
    .reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0);
  return { events: end, bytes };
}

function isPaidTold({ upsertWorkflowSearchAttributesEventAttributes: told }: Event): boolean {
  const value = told?.searchAttributes?.indexedFields?.[searchAttributes.orderStatus.name]?.data;
  return value != null && Buffer.from(value).toString().includes('PAGADO');
}

function isTaskCompleted({ workflowTaskCompletedEventAttributes: completed }: Event): boolean {
  return completed != null;
}

function sample(placed: readonly BenchOrder[]): BenchOrder[] {
  const step = Math.max(1, Math.floor(placed.length / SAMPLE));
  return placed.filter((_, index) => index % step === 0).slice(0, SAMPLE);
}

function handleOf(temporal: Client, orderId: string) {
  return temporal.workflow.getHandle(orderWorkflowId(orderId));
}

function median(sizes: readonly HistorySize[]): HistorySize {
  return {
    events: quantile(
      sizes.map(({ events }) => events),
      0.5,
    ),
    bytes: quantile(
      sizes.map(({ bytes }) => bytes),
      0.5,
    ),
  };
}
