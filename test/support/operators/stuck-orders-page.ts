import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type BulkInput,
  type BulkOutcome,
  type BulkPolicy,
  type BulkRequest,
  bulkPolicy,
} from '../../../src/contract/bulk-action.ts';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import {
  bulkUpdate,
  STUCK_ORDERS_WORKFLOW,
  type StuckOrdersPolicy,
  stuckOrdersPolicy,
} from '../../../src/contract/stuck-orders.ts';
import { placed } from '../orders/orders.ts';
import { fired } from '../services/services.ts';
import type { Stack } from '../stack.ts';

type BulkAction = (input: BulkInput) => Promise<BulkOutcome>;

interface Overrides extends Partial<Omit<StuckOrdersPolicy, 'bulk'>> {
  bulk?: Partial<BulkPolicy>;
}

/** Opens a stuck-orders page for the orders of this stack, with a short patience. */
export async function openStuckOrders(stack: Stack, { bulk, ...overrides }: Overrides = {}) {
  const { workflowId } = await stack.client.workflow.start(STUCK_ORDERS_WORKFLOW, {
    workflowId: `stuck-orders-${randomUUID()}`,
    taskQueue: stack.taskQueue,
    args: [
      {
        policy: {
          ...stuckOrdersPolicy,
          busyMs: 500,
          idleMs: 500,
          bulk: { ...bulkPolicy, settleMs: 15_000, quietMs: 3_000, ...bulk },
          ...overrides,
        },
      },
    ],
  });
  const handle = stack.client.workflow.getHandle(workflowId);
  const begin = (action: 'retryStuck' | 'cancelStuck', order?: BulkRequest) =>
    handle.executeUpdate(bulkUpdate(action), {
      args: (order === undefined ? [] : [order]) as [BulkRequest],
    });
  return {
    handle,
    begin,
    /** Begins it, and answers what came of it. */
    async move(...asked: Parameters<typeof begin>): Promise<BulkOutcome> {
      const { workflowId: bulkId, matched } = await begin(...asked);
      if (matched === 0) return { matched, signalled: 0, stillStuck: 0 };
      return stack.client.workflow.getHandle<BulkAction>(bulkId).result();
    },
    /** What the Web UI shows. */
    details: () => detailsOf(stack, workflowId),
  };
}

export async function detailsOf(stack: Stack, workflowId: string): Promise<string> {
  const handle = stack.client.workflow.getHandle(workflowId);
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

export type StuckOrdersPage = Awaited<ReturnType<typeof openStuckOrders>>;

/** Places orders a few at a time, and answers their ids. */
export async function placeMany(
  stack: Stack,
  count: number,
  overrides?: Record<string, unknown>,
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(10, count - ids.length) }, () =>
      placed(stack, overrides),
    );
    ids.push(...(await Promise.all(some)).map(({ orderId }) => orderId));
  }
  return ids;
}

export const linkTo = (orderId: string) =>
  `(/namespaces/default/workflows/${orderWorkflowId(orderId)})`;

/** Waits until no order tries by itself any more: those that met an open breaker come back soon. */
export async function untilQuiet(stack: Stack): Promise<void> {
  for (let before = -1, now = 0; before !== now; ) {
    before = now;
    await setTimeout(600);
    now = await fired(stack, 'payments');
  }
}
