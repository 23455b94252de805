/** Giving back money of an order that is shipped: one workflow for each refund. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RefundKind, RefundScope } from '../domain/refund.ts';
import type { OperatorInput, OrderPolicy } from './order.ts';

export const REFUND_WORKFLOW = 'refundOrder';

/** `refundId` is made from the order and the request's key. */
export function refundWorkflowId(orderId: string, refundId: string): string {
  return `refund-${orderId}-${refundId}`;
}

/** What somebody asked for; it is recorded as it is here. */
export interface RefundRequest extends RefundScope {
  refundId: string;
  orderId: string;
  kind: RefundKind;
  reason?: string;
  /** Whether the goods go back to the stock. */
  restock: boolean;
  /** Who asked for it. */
  by: string;
  /** SHA-256 of the request's canonical body. */
  requestHash: string;
}

export interface RefundInput extends RefundRequest {
  policy: OrderPolicy;
}

/** How it ended: the code of a problem if nothing was given back. */
export interface RefundOutcome {
  status: 'completed' | 'refused';
  reason?: string;
}

/** Answers once the money is given back and recorded, or a person has to approve it. */
export const awaitRefund = defineUpdate<void, []>('awaitRefund');

/** What people decide of a refund, each as an Update and as a Signal; `retry` and `confirmRefund` too. */
export const refundDecisions = { approve: 'approve', reject: 'reject' } as const;
export type RefundDecision = keyof typeof refundDecisions;

export const decisionUpdate = (decision: RefundDecision) =>
  defineUpdate<void, [OperatorInput]>(refundDecisions[decision]);
export const decisionSignal = (decision: RefundDecision) =>
  defineSignal<[OperatorInput]>(refundDecisions[decision]);
