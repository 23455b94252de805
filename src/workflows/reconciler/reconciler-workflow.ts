import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ReconcilerActivities } from '../../activities/reconciler/reconciler.ts';
import type {
  ChangeCursor,
  HeldBack,
  ReconcilerInput,
  ReconcilerResult,
} from '../../contract/reconciler.ts';
import {
  countSuspects,
  type Findings,
  joinFindings,
  noFindings,
  suspectsOf,
} from '../../domain/reconciliation-findings.ts';
import { failureOf } from '../steps/failure.ts';
import { LAST } from '../steps/priority.ts';

/** Where a run is: what changed and what was closed before is done. */
interface Place {
  changedAfter: ChangeCursor;
  closedSince: string;
}

/**
 * One run of the reconciler: looks at the orders that changed since the last one, at those whose
 * workflow was ended by hand, and again at those that were cancelled some time ago. What it suspects
 * gets a workflow of its own, so that its own history stays short. A run that is asked for with
 * `since` leaves the others' progress alone.
 */
export async function reconcileOrders({
  policy,
  since,
  isUnbounded = false,
}: ReconcilerInput): Promise<ReconcilerResult> {
  const activities = proxyActivities<ReconcilerActivities>({
    startToCloseTimeout: '10m',
    // A service that is down ends the run: the next one begins where this one did.
    scheduleToCloseTimeout: policy.giveUpMs,
    heartbeatTimeout: '30s',
    priority: LAST,
  });
  const how = { policy, opensCases: isUnbounded };
  const end = Date.now() + policy.maxRunMs;
  const latest = startAt(new Date(Date.now() - policy.overlapMs).toISOString());
  const held = since === undefined ? await activities.kindsHeldBack(policy) : [];
  const begin =
    since === undefined ? ((await activities.loadProgress()) ?? latest) : startAt(since);
  const reached: Place = { ...begin };
  let findings = noFindings;
  const stopped = await whyStopped(review);

  const heldBack: HeldBack = {};
  const orderIds: string[] = [];
  for (const [kind, suspects] of suspectsOf(findings)) {
    const isTooMuch = suspects.count > policy.maxOfAKind || held.includes(kind);
    if (isTooMuch && !isUnbounded) heldBack[kind] = suspects.count;
    else orderIds.push(...suspects.orderIds);
  }
  if (orderIds.length > 0) await activities.openCases({ orderIds, policy });
  if (Object.keys(heldBack).length > 0) {
    const from = earlier(begin.changedAfter.at, begin.closedSince);
    await activities.askForApproval({ policy, since: from, heldBack });
  }
  if (since === undefined) await activities.saveProgress(reached);
  return {
    ...reached,
    looked: findings.looked,
    suspects: countSuspects(findings),
    heldBack,
    isComplete: reached.closedSince === latest.closedSince && !isBehind(reached, latest),
    ...(stopped && { stopped }),
  };

  async function review(): Promise<void> {
    found(await activities.reviewBroken({ since: begin.closedSince, ...how }));
    for (let page = 0; page < policy.maxPages; page++) {
      assertTime();
      const reviewed = await activities.reviewChanged({ after: reached.changedAfter, ...how });
      found(reviewed.findings);
      reached.changedAfter = reviewed.next ?? latest.changedAfter;
      if (reviewed.next === undefined) break;
    }
    const until = since === undefined ? caughtUp(begin.closedSince) : latest.closedSince;
    for (const delayMs of policy.againMs) {
      assertTime();
      const period = { from: ago(begin.closedSince, delayMs), until: ago(until, delayMs) };
      found(await activities.reviewCancelled({ ...period, ...how }));
    }
    reached.closedSince = until;
  }

  function found(more: Findings): void {
    findings = joinFindings(findings, more, policy.maxOfAKind + 1);
  }

  /** After a long break, looking again at cancelled orders is spread over several runs. */
  function caughtUp(from: string): string {
    return earlier(ago(from, -policy.catchUpMs), latest.closedSince);
  }

  function assertTime(): void {
    if (Date.now() > end) throw new OutOfTime('the run took too long');
  }
}

class OutOfTime extends Error {}

/** Runs the review; answers why it ended early, if it did. */
async function whyStopped(review: () => Promise<void>): Promise<string | undefined> {
  try {
    await review();
    return undefined;
  } catch (error) {
    if (error instanceof OutOfTime) return error.message;
    if (error instanceof ActivityFailure && !isCancellation(error)) return failureOf(error).message;
    throw error;
  }
}

function ago(at: string, ms: number): string {
  return new Date(Date.parse(at) - ms).toISOString();
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

function startAt(at: string): Place {
  const time = new Date(at).toISOString();
  return { changedAfter: { at: time, orderId: '' }, closedSince: time };
}

function isBehind({ changedAfter }: Place, latest: Place): boolean {
  return changedAfter.at < latest.changedAfter.at;
}
