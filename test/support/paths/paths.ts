import { orderWorkflowId } from '../../../src/contract/order.ts';
import type { OwnServers } from '../servers/own-servers.ts';
import type { Stack } from '../stack.ts';
import { importedPaths } from './imported-orders.ts';
import { laterPaths } from './later-facts.ts';
import { moneyPaths } from './money.ts';
import { type OrderPath, orderPaths } from './orders.ts';
import { stuckOrderPaths } from './stuck-orders.ts';
import { systemPaths } from './system-workflows.ts';

/** One run of a workflow. */
interface Played {
  workflowId: string;
  runId?: string;
}

/**
 * Every path that a workflow can take: each plays it until the workflow has ended, on a stack whose
 * servers are its own.
 */
export function createPaths(own: () => OwnServers) {
  const orders = { ...orderPaths, ...moneyPaths, ...importedPaths, ...stuckOrderPaths(own) };
  const ofOrders = Object.entries(orders).map(([name, path]) => [name, untilEnded(path)]);
  return { ...Object.fromEntries(ofOrders), ...laterPaths, ...systemPaths } as Readonly<
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
