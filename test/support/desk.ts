import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { orderWorkflowId } from '../../src/contract.ts';
import {
  DESK_WORKFLOW,
  type DeskOrder,
  type DeskPolicy,
  deskPolicy,
  deskUpdate,
} from '../../src/contract-desk.ts';
import { placed } from './orders.ts';
import { fired } from './services.ts';
import type { Stack } from './stack.ts';

/** Opens a desk for the orders of this stack, with a short patience. */
export async function openDesk(stack: Stack, overrides: Partial<DeskPolicy> = {}) {
  const { workflowId } = await stack.client.workflow.start(DESK_WORKFLOW, {
    workflowId: `desk-${randomUUID()}`,
    taskQueue: stack.taskQueue,
    args: [
      {
        policy: {
          ...deskPolicy,
          busyMs: 500,
          idleMs: 500,
          settleMs: 15_000,
          quietMs: 3_000,
          batch: 20,
          ...overrides,
        },
      },
    ],
  });
  const handle = stack.client.workflow.getHandle(workflowId);
  return {
    handle,
    move: (action: 'retryStuck' | 'cancelStuck', order?: DeskOrder) =>
      handle.executeUpdate(deskUpdate(action), {
        args: (order === undefined ? [] : [order]) as [DeskOrder],
      }),
    /** What the Web UI shows. */
    async details(): Promise<string> {
      const metadata = await handle.query<{ currentDetails?: string }>(
        '__temporal_workflow_metadata',
      );
      return metadata.currentDetails ?? '';
    },
  };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

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
