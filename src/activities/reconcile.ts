import { activityInfo, getClient, heartbeat } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { orderWorkflowId } from '../contract.ts';
import {
  type ChangeCursor,
  RECONCILE_ORDER_WORKFLOW,
  type ReconcileOrderInput,
  type ReconcilePolicy,
  reconcileOrderId,
} from '../contract-reconciler.ts';
import { judge, type OrderFacts, type Verdict } from '../domain/reconciliation.ts';
import type { InventoryService } from '../services/inventory.ts';
import type { PaymentsService } from '../services/payments.ts';
import type { ReconcileProgress, ReconcileStore } from '../store/reconcile-store.ts';
import { withFailures } from './failures.ts';
import { chargeKey, reserveKey } from './keys.ts';
import { brokenOrdersQuery } from './queries.ts';

interface ReconcileDeps {
  payments: PaymentsService;
  inventory: InventoryService;
  reconcileStore: ReconcileStore;
}

/** Times in ISO 8601; `from` itself does not count. */
interface CancelledBetween {
  from: string;
  until: string;
  policy: ReconcilePolicy;
}

export type Activities = ReturnType<typeof createReconcileActivities>;

const CONCURRENCY = 10;

/** What the reconciler does outside: it only looks, and starts a workflow for what it suspects. */
export function createReconcileActivities(deps: ReconcileDeps) {
  const { payments, inventory, reconcileStore } = deps;

  return withFailures({
    /** Looks at a page of the orders that changed; `next` is absent after the last one. */
    async reviewChanged({ after, policy }: { after: ChangeCursor; policy: ReconcilePolicy }) {
      const page = await reconcileStore.changedAfter(after, policy.pageSize);
      const orderIds = page.map(({ orderId }) => orderId);
      return {
        next: nextOf(page, policy),
        looked: page.length,
        suspects: await review(orderIds, policy),
      };
    },

    /** Looks at the cancelled orders whose last change was in between. */
    async reviewCancelled({ from, until, policy }: CancelledBetween) {
      let looked = 0;
      let suspects = 0;
      for (let after: ChangeCursor | undefined = { at: from, orderId: '' }; after !== undefined; ) {
        const page = await reconcileStore.changedAfter(after, policy.pageSize, until);
        const cancelled = page.filter(({ status }) => status === 'CANCELADO');
        looked += cancelled.length;
        suspects += await review(
          cancelled.map(({ orderId }) => orderId),
          policy,
        );
        after = nextOf(page, policy);
      }
      return { looked, suspects };
    },

    /** Looks at the orders whose workflow ended otherwise than by its own story. */
    async reviewBroken({ since, policy }: { since: string; policy: ReconcilePolicy }) {
      const query = brokenOrdersQuery(activityInfo().taskQueue, since);
      const found = new Set<string>();
      for await (const { workflowId } of getClient().workflow.list({ query, pageSize: 500 })) {
        found.add(workflowId.slice(orderWorkflowId('').length));
      }
      return { looked: found.size, suspects: await review([...found], policy) };
    },

    inspectOrder,

    async loadProgress(): Promise<ReconcileProgress | null> {
      return (await reconcileStore.loadProgress()) ?? null;
    },

    async saveProgress(progress: ReconcileProgress): Promise<void> {
      await reconcileStore.saveProgress(progress);
    },

    async flagPayment(orderId: string, reason: string): Promise<void> {
      await reconcileStore.flagPayment(orderId, reason);
    },
  });

  /** Whether the workflow runs is asked first: once it does not, nothing else is written. */
  async function inspectOrder(orderId: string): Promise<OrderFacts> {
    const isAlive = (await stateOf(orderWorkflowId(orderId))).isAlive;
    const [order, gateway, isStockHeld] = await Promise.all([
      reconcileStore.find(orderId),
      payments.find(chargeKey(orderId)),
      inventory.isHeld(reserveKey(orderId)),
    ]);
    return { orderId, isAlive, order, gateway, isStockHeld };
  }

  async function review(orderIds: string[], policy: ReconcilePolicy): Promise<number> {
    let suspects = 0;
    for (let done = 0; done < orderIds.length; done += CONCURRENCY) {
      const some = orderIds.slice(done, done + CONCURRENCY);
      const answers = await Promise.all(some.map((orderId) => suspect(orderId, policy)));
      suspects += answers.filter((isSuspect) => isSuspect).length;
      heartbeat();
    }
    return suspects;
  }

  async function suspect(orderId: string, policy: ReconcilePolicy): Promise<boolean> {
    const verdict = judge(await inspectOrder(orderId));
    if (verdict.mend.length + verdict.report.length === 0) return false;
    if (await isAccepted(orderId, verdict)) return false;
    const input: ReconcileOrderInput = { orderId, policy };
    await getClient().workflow.start(RECONCILE_ORDER_WORKFLOW, {
      workflowId: reconcileOrderId(orderId),
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue: activityInfo().taskQueue,
      args: [input],
    });
    return true;
  }
}

/** Where the next page begins, unless this was the last. */
function nextOf(page: ChangeCursor[], { pageSize }: ReconcilePolicy): ChangeCursor | undefined {
  const last = page.length === pageSize ? page.at(-1) : undefined;
  return last && { at: last.at, orderId: last.orderId };
}

/** Whether this is being looked into, or a person has looked at exactly this and let it be. */
async function isAccepted(orderId: string, { mend, report }: Verdict): Promise<boolean> {
  const { isAlive, memo } = await stateOf(reconcileOrderId(orderId));
  const accepted = memo?.accepted;
  if (isAlive) return true;
  return (
    mend.length === 0 && Array.isArray(accepted) && report.every((one) => accepted.includes(one))
  );
}

async function stateOf(workflowId: string) {
  try {
    const { status, memo } = await getClient().workflow.getHandle(workflowId).describe();
    return { isAlive: status.name === 'RUNNING' || status.name === 'PAUSED', memo };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { isAlive: false, memo: undefined };
    throw error;
  }
}
