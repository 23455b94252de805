/** What the API and the worker must agree on: names and types, nothing that runs. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Address, CustomerFields, OrderItem, PaymentMethod } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { PricingSettings } from '../domain/pricing/price-order.ts';

export const ORDER_WORKFLOW = 'orderWorkflow';

export function orderWorkflowId(orderId: string): string {
  return `order-${orderId}`;
}

/** The order that a workflow id belongs to; undefined for the other workflows. */
export function orderIdOf(workflowId: string | undefined): string | undefined {
  const prefix = orderWorkflowId('');
  return workflowId?.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;
}

/**
 * The order whose data the payloads of a workflow are: its own workflow, and those about it, which
 * have its id after a word. Undefined for the others.
 */
export function orderOfWorkflow(workflowId: string | undefined): string | undefined {
  return /^[a-z]+-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:-|$)/.exec(workflowId ?? '')?.[1];
}

/** The failure of a write or a compensation that contradicts what is recorded. */
export const ORDER_CONFLICT = 'order_conflict';

/** What the search attribute FailureType says of an order that is held until a person approves it. */
export const REVIEW = 'review';

/** How an attempt came about: in a header of every step's activity. */
export const ATTEMPT = 'attempt';

/**
 * Whom a manual retry was asked for. One that is for an order alone is made even where a circuit
 * breaker is open; many at once would knock a service over that has just come back.
 */
export type AskedFor = 'alone' | 'amongMany';

/** Known to the attempt, since an eager activity is not told its retry policy. Milliseconds. */
export interface AttemptInfo {
  /** Whether a person asked for it, for this order alone or for many at once; absent otherwise. */
  asked?: AskedFor;
  initialIntervalMs: number;
  maximumIntervalMs: number;
  /** How long attempts may go on after the first that was made; without limit when absent. */
  retryMs?: number;
}

/** How long things may take; recorded with the order, so that a change spares open ones. */
export interface OrderPolicy {
  /** First and longest pause between attempts while a step is retried. Milliseconds, like all. */
  retryInitialMs: number;
  retryMaxMs: number;
  /** About how long a step is retried before the order is stuck. */
  retryMs: number;
  /** First and longest pause between attempts while the order is stuck. */
  stuckInitialMs: number;
  stuckMaxMs: number;
  /** How often a bank transfer is asked for, and how long it is waited for. */
  transferPollMs: number;
  transferExpiryMs: number;
  /** What a declined payment leaves; absent: the order is cancelled at once. */
  secondTry?: SecondTry;
  /** How long after its payment the order should have left. */
  shipByMs?: number;
  /** Which orders a person has to approve before they are charged; absent: none. */
  review?: ReviewPolicy;
}

interface ReviewPolicy {
  /** An order of more than this is held: amounts in minor units, by currency. */
  over: Readonly<Record<string, number>>;
  /** How long; then it is cancelled. */
  withinMs: number;
}

/** How long a customer has after the first decline, and how many attempts to pay in all. */
interface SecondTry {
  withinMs: number;
  attempts: number;
}

/** The input of the order's workflow: the order as the customer placed it. */
export interface OrderInput extends CustomerFields {
  orderId: string;
  userId: string;
  items: OrderItem[];
  paymentMethod: PaymentMethod;
  /** The gateway's opaque token, never a card number. */
  paymentToken?: string;
  /** ISO 4217; the products' currency when absent. */
  currency?: string;
  /** Decimal text in major units; the order is refused when its total differs. */
  expectedTotal?: string;
  idempotencyKey?: string;
  /** SHA-256 of the request's canonical body. */
  requestHash: string;
  policy: OrderPolicy;
  /** Absent from orders that were placed before there were policies. */
  pricing?: PricingSettings;
}

/** How an order's workflow ended. A refused order left nothing behind. */
export interface OrderOutcome {
  status: Extract<OrderStatus, 'ENVIADO' | 'CANCELADO'> | 'refused';
  reason?: string;
}

/** A request to place an order; `attempt` tells one request from its repeats. */
export interface PlacementRequest {
  requestHash: string;
  attempt?: string;
}

/**
 * Answers once the order is recorded and its stock reserved, or fails with a problem code. Repeats
 * share the first one's answer, which is its `attempt`.
 */
export const awaitPlacement = defineUpdate<string | undefined, [PlacementRequest]>(
  'awaitPlacement',
);

/**
 * Answers once the order is paid or cancelled, or waits for a review, or for another payment after a decline; fails with
 * a problem code if it was not placed.
 */
export const awaitPayment = defineUpdate<void, []>('awaitPayment');

/** What an operator may say along with an action; `by` is "operator (Web UI)" when left out. */
export interface OperatorInput {
  by?: string;
  /** Refused when the order's version, in decimal digits, is another one by now. */
  expectedVersion?: string;
  note?: string;
  reason?: string;
  transactionId?: string;
  carrier?: string;
  trackingNumber?: string;
  paymentMethod?: string;
  paymentToken?: string;
  shippingAddress?: Address;
  /** The workflow that tells many orders the same; absent when a person means this order alone. */
  bulkAction?: string;
}

/**
 * What operators do to an order, each as an Update, which answers or refuses, and as a Signal of
 * the same name and effect, which is ignored at the wrong time.
 */
export const operatorActions = {
  /** Runs the failed steps of a stuck order again now. */
  retry: 'retry',
  /** Stops going forward and compensates what was done: CREADO or PAGADO -> CANCELADO. */
  cancelOrder: 'cancelOrder',
  /** Accepts outside evidence of a payment that is unknown or pending; needs `transactionId`. */
  confirmPayment: 'confirmPayment',
  /** Lets an order go on that is held for a review. */
  approve: 'approve',
  /** Accepts evidence that a person gave money back; `transactionId` may be NO_REFUND. */
  confirmRefund: 'confirmRefund',
  /** Another attempt after a declined payment; needs `paymentMethod`. */
  payAgain: 'payAgain',
  /** Corrects where the parcel goes, within the country, until it has left. */
  changeAddress: 'changeAddress',
  /** PAGADO -> ENVIADO. */
  markShipped: 'markShipped',
} as const;

export type OperatorAction = keyof typeof operatorActions;

export const operatorUpdate = (action: OperatorAction) =>
  defineUpdate<void, [OperatorInput]>(operatorActions[action]);

export const operatorSignal = (action: OperatorAction) =>
  defineSignal<[OperatorInput]>(operatorActions[action]);

export const searchAttributes = {
  orderStatus: defineSearchAttributeKey('OrderStatus', SearchAttributeType.KEYWORD),
  customerId: defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD),
  orderNumber: defineSearchAttributeKey('OrderNumber', SearchAttributeType.KEYWORD),
  transactionId: defineSearchAttributeKey('TransactionId', SearchAttributeType.KEYWORD),
  needsAttention: defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL),
  failedStep: defineSearchAttributeKey('FailedStep', SearchAttributeType.KEYWORD),
  failureType: defineSearchAttributeKey('FailureType', SearchAttributeType.KEYWORD),
  stuckSince: defineSearchAttributeKey('StuckSince', SearchAttributeType.DATETIME),
  shipBy: defineSearchAttributeKey('ShipBy', SearchAttributeType.DATETIME),
} as const;

/** By when an order should have left that is paid now. */
export function shipBy({ shipByMs }: OrderPolicy) {
  if (shipByMs === undefined) return [];
  return [{ key: searchAttributes.shipBy, value: new Date(Date.now() + shipByMs) }];
}

/** Whose order a workflow is, or is about: found by both. */
export function whoseOrder({ userId, orderNumber }: { userId: string; orderNumber: string }) {
  return [
    { key: searchAttributes.customerId, value: userId },
    { key: searchAttributes.orderNumber, value: orderNumber },
  ];
}
