import { activityInfo, Context, getClient } from '@temporalio/activity';
import { orderOfWorkflow } from '../../contract/order.ts';
import type { ChangeCursor, ReconcilePolicy } from '../../contract/reconciler.ts';
import { findDiscrepancies, mainKind } from '../../domain/reconciliation.ts';
import { type Findings, joinFindings, noFindings } from '../../domain/reconciliation-findings.ts';
import type { ReconcileProgress } from '../../store/reconcile-store.ts';
import { workflowIds } from '../../visibility/workflow-ids.ts';
import { withFailures } from '../error-mapping.ts';
import { progressSoFar, reportProgress } from '../heartbeats.ts';
import { brokenOrdersQuery } from './broken-query.ts';
import { askForApproval, isKnown, kindsHeldBack, openCase } from './cases.ts';
import { createInspectOrder, type InspectDeps } from './inspect-order.ts';
import { resumeOrder } from './resume-order.ts';
import { adoptRefund, resumeRefunds } from './resume-refunds.ts';
import { createScreenOrders } from './screen-orders.ts';

interface Review {
  policy: ReconcilePolicy;
  /** Opens a case for each suspect at once, instead of naming the first of them. */
  opensCases: boolean;
}

/** Times in ISO 8601; `from` itself does not count. */
interface CancelledBetween extends Review {
  from: string;
  until: string;
}

/** How far a review is: after which order, and what it has found until there. */
interface Reached<Place> {
  after: Place;
  findings: Findings;
}

export type ReconcilerActivities = ReturnType<typeof createReconcileActivities>;

const CONCURRENCY = 10;

/**
 * What the reconciler does outside: it only looks, and starts a workflow for what it suspects. A
 * review that is interrupted goes on after the last page that it finished.
 */
export function createReconcileActivities(deps: InspectDeps) {
  const { reconcileStore } = deps;
  const inspectOrder = createInspectOrder(deps);
  const screenOrders = createScreenOrders(deps);

  return withFailures({
    /** Looks at a page of the orders that changed; `next` is absent after the last one. */
    async reviewChanged({ after, ...how }: Review & { after: ChangeCursor }) {
      const page = await reconcileStore.changedAfter(after, how.policy.pageSize);
      const findings = await review(ids(page), how);
      return { next: nextOf(page, how.policy), findings };
    },

    /** Looks at the cancelled orders whose last change was in between. */
    async reviewCancelled({ from, until, ...how }: CancelledBetween): Promise<Findings> {
      const first = { after: { at: from, orderId: '' }, findings: noFindings };
      let reached: Reached<ChangeCursor> | undefined =
        progressSoFar<Reached<ChangeCursor>>() ?? first;
      let { findings } = reached;
      while (reached !== undefined) {
        const page = await reconcileStore.changedAfter(reached.after, how.policy.pageSize, until);
        const cancelled = page.filter(({ status }) => status === 'CANCELADO');
        findings = join(findings, await review(ids(cancelled), how), how.policy);
        const after = nextOf(page, how.policy);
        reached = after && { after, findings };
        if (reached !== undefined) reportProgress(reached);
      }
      return findings;
    },

    /** Looks at the orders whose workflow, or whose case, ended otherwise than by its own code. */
    async reviewBroken({ since, ...how }: Review & { since: string }): Promise<Findings> {
      const { pageSize } = how.policy;
      let { after, findings } = progressSoFar<Reached<string>>() ?? {
        after: '',
        findings: noFindings,
      };
      const left = (await brokenSince(since)).filter((orderId) => orderId > after);
      for (let page = left.splice(0, pageSize); page.length > 0; page = left.splice(0, pageSize)) {
        findings = join(findings, await review(page, how), how.policy);
        after = page.at(-1) ?? after;
        reportProgress({ after, findings });
      }
      return findings;
    },

    async openCases({ orderIds, policy }: { orderIds: string[]; policy: ReconcilePolicy }) {
      await Promise.all(orderIds.map((orderId) => openCase(orderId, policy)));
    },

    inspectOrder: (orderId: string) => untilCancelled(inspectOrder(orderId)),

    resumeOrder: (resumption: Parameters<typeof resumeOrder>[1]) =>
      resumeOrder(deps.queries, resumption),

    resumeRefunds: (resumption: Parameters<typeof resumeRefunds>[1]) =>
      resumeRefunds(deps.queries, resumption),

    adoptRefund: (adoption: Parameters<typeof adoptRefund>[1]) =>
      adoptRefund(deps.queries, adoption),

    askForApproval,

    kindsHeldBack,

    async loadProgress(): Promise<ReconcileProgress | null> {
      return (await reconcileStore.loadProgress()) ?? null;
    },

    async saveProgress(progress: ReconcileProgress): Promise<void> {
      await reconcileStore.saveProgress(progress);
    },

    async flagPayment(key: string, reason: string): Promise<void> {
      await reconcileStore.flagPayment(key, reason);
    },
  });

  /** Looks at them all at once, and one by one at those that may not agree. */
  async function review(orderIds: readonly string[], how: Review): Promise<Findings> {
    let findings: Findings = { ...noFindings, looked: orderIds.length };
    const suspects = await untilCancelled(screenOrders(orderIds));
    for (let done = 0; done < suspects.length; done += CONCURRENCY) {
      const some = suspects.slice(done, done + CONCURRENCY).map((orderId) => suspect(orderId, how));
      for (const found of await untilCancelled(Promise.all(some))) {
        findings = join(findings, found, how.policy);
      }
    }
    return findings;
  }

  /** Looks at one order; finds nothing when all agree, or when people know of it already. */
  async function suspect(orderId: string, { policy, opensCases }: Review): Promise<Findings> {
    const found = findDiscrepancies(await inspectOrder(orderId));
    const kind = mainKind(found);
    if (kind === undefined || (await isKnown(orderId, found))) return noFindings;
    if (opensCases) await openCase(orderId, policy);
    const orderIds = opensCases ? [] : [orderId];
    return { looked: 0, suspects: { [kind]: { count: 1, orderIds } } };
  }
}

/** The ids of the orders, in their order. */
async function brokenSince(since: string): Promise<string[]> {
  const query = brokenOrdersQuery(activityInfo().taskQueue, since);
  const found = new Set<string>();
  for await (const workflowId of workflowIds(getClient(), query)) {
    const orderId = orderOfWorkflow(workflowId);
    if (orderId !== undefined) found.add(orderId);
  }
  return [...found].sort();
}

/**
 * Ends with the activity, so that a worker that stops does not wait for answers. What is under way
 * then only reads, or starts a case that is started once.
 */
function untilCancelled<T>(work: Promise<T>): Promise<T> {
  return Promise.race([work, Context.current().cancelled]);
}

/** One more than may be opened is enough to see that there are too many. */
function join(one: Findings, other: Findings, { maxOfAKind }: ReconcilePolicy): Findings {
  return joinFindings(one, other, maxOfAKind + 1);
}

function ids(page: ChangeCursor[]): string[] {
  return page.map(({ orderId }) => orderId);
}

/** Where the next page begins, unless this was the last. */
function nextOf(page: ChangeCursor[], { pageSize }: ReconcilePolicy): ChangeCursor | undefined {
  const last = page.length === pageSize ? page.at(-1) : undefined;
  return last && { at: last.at, orderId: last.orderId };
}
