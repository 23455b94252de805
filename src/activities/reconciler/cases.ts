import { activityInfo, getClient } from '@temporalio/activity';
import {
  type HeldBack,
  holdBack,
  RECONCILE_APPROVAL_WORKFLOW,
  RECONCILE_ORDER_WORKFLOW,
  type ReconcileApprovalInput,
  type ReconcileOrderInput,
  type ReconcilePolicy,
  reconcileApprovalId,
  reconcileOrderId,
} from '../../contract/reconciler.ts';
import type { Discrepancies, DiscrepancyKind } from '../../domain/reconciliation.ts';
import { isBroken, isOpen, stateOf } from './workflow-state.ts';

/** Gives an order a workflow that looks into it, unless it has one. */
export async function openCase(orderId: string, policy: ReconcilePolicy): Promise<void> {
  const input: ReconcileOrderInput = { orderId, policy };
  await getClient().workflow.start(RECONCILE_ORDER_WORKFLOW, {
    workflowId: reconcileOrderId(orderId),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: activityInfo().taskQueue,
    args: [input],
  });
}

/** Whether this is being looked into, or a person has looked at exactly this and let it be. */
export async function isKnown(orderId: string, found: Discrepancies): Promise<boolean> {
  const state = await stateOf(reconcileOrderId(orderId));
  if (isOpen(state)) return true;
  const accepted = state?.memo?.accepted;
  return (
    found.repair.length === 0 &&
    Array.isArray(accepted) &&
    found.report.every((kind) => accepted.includes(kind))
  );
}

interface HoldBack {
  policy: ReconcilePolicy;
  /** From when on they have to be looked at again. */
  since: string;
  heldBack: HeldBack;
}

/** Asks a person about all that a run has held back; all runs ask in one place. */
export async function askForApproval({ policy, since, heldBack }: HoldBack): Promise<void> {
  const { taskQueue } = activityInfo();
  const input: ReconcileApprovalInput = { policy, since };
  await getClient().workflow.signalWithStart(RECONCILE_APPROVAL_WORKFLOW, {
    workflowId: reconcileApprovalId(taskQueue),
    taskQueue,
    args: [input],
    memo: { since, kinds: Object.keys(heldBack) },
    signal: holdBack,
    signalArgs: [{ since, heldBack }],
  });
}

/**
 * The kinds that wait for a person's approval. A question that somebody has ended by hand is asked
 * again: what was held back would be forgotten.
 */
export async function kindsHeldBack(policy: ReconcilePolicy): Promise<DiscrepancyKind[]> {
  const state = await stateOf(reconcileApprovalId(activityInfo().taskQueue));
  const { since, kinds } = (state?.memo ?? {}) as { since?: string; kinds?: DiscrepancyKind[] };
  if (kinds === undefined || since === undefined) return [];
  if (isBroken(state)) {
    await askForApproval({
      policy,
      since,
      heldBack: Object.fromEntries(kinds.map((kind) => [kind, 0])),
    });
  }
  return isOpen(state) || isBroken(state) ? kinds : [];
}
