import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/reconcile.ts';
import type { ChangeCursor, ReconcilerInput, ReconcilerResult } from '../contract-reconciler.ts';

/**
 * One run of the reconciler: looks at the orders that changed since the last one, at those whose
 * workflow was ended by hand, and again at those that were cancelled some time ago. What it suspects
 * gets a workflow of its own, so that its own history stays short. A run that is asked for with
 * `since` leaves the others' progress alone.
 */
export async function reconcileOrders({
  policy,
  since,
}: ReconcilerInput): Promise<ReconcilerResult> {
  const { loadProgress, saveProgress, reviewBroken, reviewCancelled, reviewChanged } =
    proxyActivities<Activities>({
      startToCloseTimeout: '5m',
      // A service that is down ends the run: the next one begins where this one did.
      scheduleToCloseTimeout: '15m',
      heartbeatTimeout: '1m',
    });
  const next = startAt(new Date(Date.now() - policy.overlapMs).toISOString());
  const begin = since === undefined ? ((await loadProgress()) ?? next) : startAt(since);

  let { looked, suspects } = await reviewBroken({ since: begin.closedSince, policy });
  let after: ChangeCursor | undefined = begin.changedAfter;
  for (let page = 0; after !== undefined && page < policy.maxPages; page++) {
    const reviewed: Awaited<ReturnType<typeof reviewChanged>> = await reviewChanged({
      after,
      policy,
    });
    looked += reviewed.looked;
    suspects += reviewed.suspects;
    after = reviewed.next;
  }
  for (const delayMs of policy.againMs) {
    const from = ago(begin.closedSince, delayMs);
    const again = await reviewCancelled({ from, until: ago(next.closedSince, delayMs), policy });
    looked += again.looked;
    suspects += again.suspects;
  }
  const progress = { ...next, ...(after && { changedAfter: after }) };
  if (since === undefined) await saveProgress(progress);
  return { ...progress, looked, suspects };
}

function ago(at: string, ms: number): string {
  return new Date(Date.parse(at) - ms).toISOString();
}

function startAt(at: string) {
  return { changedAfter: { at, orderId: '' }, closedSince: at };
}
