import { ORDER_CONFLICT } from '../../contract/order.ts';
import { isFinal, type OrderStatus } from '../../domain/order-status.ts';
import type { RecordedState } from '../../domain/records.ts';
import type { Failure } from '../steps/failure.ts';

/**
 * Whether the record is as far as the workflow knows it. Before a run knows whether the order was
 * recorded, it expects a new order, or one that an earlier run brought to its end.
 */
export function agrees(
  recorded: RecordedState | null,
  version: number | undefined,
  status: OrderStatus,
): boolean {
  if (recorded === null) return version === undefined || version === 0;
  if (version === undefined && isFinal(recorded.status)) return true;
  return recorded.version === (version ?? 1) && recorded.status === status;
}

export function conflictOf(recorded: RecordedState | null): Failure {
  const message =
    recorded === null
      ? 'the order is not recorded'
      : `the order is recorded as ${recorded.status}, version ${recorded.version}`;
  return { type: ORDER_CONFLICT, message, attempts: 1 };
}

/** For an order whose record contradicts its workflow, as Markdown for the Web UI. */
export function conflictAdvice(orderId: string, known: string, found: string): string {
  return [
    `**The record of order \`${orderId}\` contradicts this workflow.** This workflow has it as ${known}, but ${found}. Another run of the order wrote that: the workflow was reset, or started a second time.`,
    'Nothing was refunded, released or overwritten. Look at the order and its history in the API first. Then choose *More Actions* at the top right, *Send a Signal*:',
    '**`retry`** goes on from what is recorded: an order that is shipped or cancelled ends as that; with any other this workflow goes on with what it was about to do.',
  ].join('\n\n');
}
