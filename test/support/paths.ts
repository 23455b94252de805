import { orderWorkflowId } from '../../src/contract.ts';
import type { OwnServers } from './own-servers.ts';
import { adoptedPaths } from './paths-of-adopted-orders.ts';
import { longLivedPaths } from './paths-of-long-lived.ts';
import { moneyPaths } from './paths-of-money.ts';
import { type OrderPath, orderPaths } from './paths-of-orders.ts';
import { stuckOrderPaths } from './paths-of-stuck-orders.ts';
import type { Stack } from './stack.ts';

/** One run of a workflow. */
export interface Played {
  workflowId: string;
  runId?: string;
}

/**
 * Every path that a workflow can take: each plays it until the workflow has ended, on a stack whose
 * servers are its own.
 */
export function createPaths(own: () => OwnServers) {
  const orders = { ...orderPaths, ...moneyPaths, ...adoptedPaths, ...stuckOrderPaths(own) };
  const ofOrders = Object.entries(orders).map(([name, path]) => [name, untilEnded(path)]);
  return { ...Object.fromEntries(ofOrders), ...longLivedPaths } as Readonly<
    Record<string, (stack: Stack) => Promise<Played>>
  >;
}

function untilEnded(path: OrderPath) {
  return async (stack: Stack): Promise<Played> => {
    const workflowId = orderWorkflowId(await path(stack));
    await stack.client.workflow.getHandle(workflowId).result();
    return { workflowId };
  };
}
