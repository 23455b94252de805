import { activityInfo, getClient } from '@temporalio/activity';
import { ServiceFailure } from '../../clients/http/service-failure.ts';
import { chargeKey, reserveKey } from '../../contract/idempotency-keys.ts';
import { orderWorkflowId } from '../../contract/order.ts';
import { findDiscrepancies, mainKind, type RecordedOrder } from '../../domain/reconciliation.ts';
import { UnreadableOrder } from '../../store/reconcile-store.ts';
import { IDS_IN_A_QUERY, openAmongQuery } from '../../visibility/stuck-query.ts';
import { workflowIds } from '../../visibility/workflow-ids.ts';
import type { InspectDeps } from './inspect-order.ts';

/** Answers those of at most 500 orders that have to be looked at one by one. */
export type ScreenOrders = (orderIds: readonly string[]) => Promise<readonly string[]>;

/**
 * Asks all parties about many orders at once. What it answers is only suspected: the list of open
 * workflows lags behind, and the parties are not asked in the order in which they write. All of them
 * are suspects when a service does not answer, as it may do so because of one.
 */
export function createScreenOrders({
  payments,
  inventory,
  reconcileStore,
}: InspectDeps): ScreenOrders {
  async function suspects(orderIds: readonly string[]): Promise<readonly string[]> {
    const open = await openWorkflows(orderIds.map(orderWorkflowId));
    const orders = await reconcileStore.findMany(orderIds);
    const keys = new Map(orderIds.map((id) => [id, keyOf(id, orders.get(id))]));
    const [gateway, held] = await Promise.all([
      payments.findMany([...keys.values()]),
      inventory.held(orderIds.map(reserveKey)),
    ]);
    return orderIds.filter((orderId) => {
      const order = orders.get(orderId);
      if (order instanceof UnreadableOrder || isBeingRefunded(order)) return true;
      const paymentKey = keys.get(orderId) ?? '';
      const found = findDiscrepancies({
        ...{ orderId, order, paymentKey, gateway: gateway.get(paymentKey) },
        isAlive: open.has(orderWorkflowId(orderId)),
        isStockHeld: held.has(reserveKey(orderId)),
        ...{ abandonedRefunds: [], unreadable: [] },
      });
      return mainKind(found) !== undefined;
    });
  }

  return (orderIds) =>
    suspects(orderIds).catch((error: unknown) => {
      if (error instanceof ServiceFailure) return orderIds;
      throw error;
    });
}

function keyOf(orderId: string, order: RecordedOrder | UnreadableOrder | undefined): string {
  const isReadable = order !== undefined && !(order instanceof UnreadableOrder);
  return (isReadable && order.payment?.key) || chargeKey(orderId);
}

/** Whether its refunds are worked on is known of each alone. */
function isBeingRefunded(order: RecordedOrder | undefined): boolean {
  return order !== undefined && order.refunds.open.length > 0;
}

async function openWorkflows(ids: readonly string[]): Promise<Set<string>> {
  const open = new Set<string>();
  const { taskQueue } = activityInfo();
  for (let at = 0; at < ids.length; at += IDS_IN_A_QUERY) {
    const query = openAmongQuery(taskQueue, ids.slice(at, at + IDS_IN_A_QUERY));
    for await (const id of workflowIds(getClient(), query)) open.add(id);
  }
  return open;
}
