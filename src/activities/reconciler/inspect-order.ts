import { ServiceFailure } from '../../clients/http/service-failure.ts';
import type { InventoryService } from '../../clients/inventory.ts';
import type { PaymentsService } from '../../clients/payments.ts';
import { chargeKey, reserveKey } from '../../contract/idempotency-keys.ts';
import { orderWorkflowId } from '../../contract/order.ts';
import { refundWorkflowId } from '../../contract/refund.ts';
import type { OrderFacts } from '../../domain/reconciliation.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { type ReconcileStore, UnreadableOrder } from '../../store/reconcile-store.ts';
import { isOpen, stateOf } from './workflow-state.ts';

export interface InspectDeps {
  payments: PaymentsService;
  inventory: InventoryService;
  reconcileStore: ReconcileStore;
  queries: OrderQueries;
}

export type InspectOrder = (orderId: string) => Promise<OrderFacts>;

/** No order has it: whoever answers for it, answers. */
const PROBE = 'reconciler-probe';

/**
 * Asks all parties about one order. One that answers oddly for this order only is named in
 * `unreadable`; throws ServiceFailure when it does not answer for others either.
 */
export function createInspectOrder(deps: InspectDeps): InspectOrder {
  const { payments, inventory, reconcileStore } = deps;
  const isStockHeld = (orderId: string) => inventory.isHeld(reserveKey(orderId));

  return async (orderId) => {
    const unreadable: string[] = [];

    /** Asks about the order; when that fails, about another one. */
    async function ask<T>(question: (orderId: string) => Promise<T>): Promise<T | undefined> {
      try {
        return await question(orderId);
      } catch (error) {
        if (error instanceof UnreadableOrder) {
          unreadable.push(`the order in MongoDB: ${error.message}`);
        } else if (error instanceof ServiceFailure) {
          await question(PROBE);
          unreadable.push(error.message);
        } else throw error;
        return undefined;
      }
    }

    // Whether the workflow runs is asked first: once it does not, nothing else is written.
    const isAlive = isOpen(await stateOf(orderWorkflowId(orderId)));
    const order = await ask((id) => reconcileStore.find(id));
    const paymentKey = order?.payment?.key ?? chargeKey(orderId);
    const [gateway, isHeld = false] = await Promise.all([
      ask((id) => payments.find(id === orderId ? paymentKey : chargeKey(id))),
      ask(isStockHeld),
    ]);
    const abandonedRefunds = await abandonedOf(orderId, order?.refunds.open ?? []);
    return {
      ...{ orderId, isAlive, order, paymentKey, gateway, isStockHeld: isHeld },
      ...{ abandonedRefunds, unreadable },
    };
  };
}

/** Those of these refunds whose workflow does not run. */
async function abandonedOf(orderId: string, refundIds: readonly string[]): Promise<string[]> {
  const states = await Promise.all(
    refundIds.map((refundId) => stateOf(refundWorkflowId(orderId, refundId))),
  );
  return refundIds.filter((_, index) => !isOpen(states[index]));
}
