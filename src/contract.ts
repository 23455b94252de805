/** What the API and the worker must agree on: names and types, nothing that runs. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineUpdate } from '@temporalio/workflow';
import type { Address, OrderItem, PaymentMethod, Shipment } from './domain/order.ts';
import type { OrderStatus } from './domain/order-status.ts';

export const ORDER_WORKFLOW = 'orderWorkflow';

export function orderWorkflowId(orderId: string): string {
  return `order-${orderId}`;
}

/** How long a step may take in each of its stages; recorded with the order. Milliseconds. */
export interface StepPolicy {
  /** The one attempt as a local activity. */
  quickMs: number;
  /** First and longest pause between attempts as a regular activity. */
  retryInitialMs: number;
  retryMaxMs: number;
}

/** The input of the order's workflow: the order as the customer placed it. */
export interface OrderInput {
  orderId: string;
  userId: string;
  items: OrderItem[];
  shippingAddress: Address;
  billingAddress: Address;
  paymentMethod: PaymentMethod;
  /** The gateway's opaque token, never a card number. */
  paymentToken?: string;
  /** ISO 4217; the products' currency when absent. */
  currency?: string;
  /** Decimal text in major units; the order is refused when its total differs. */
  expectedTotal?: string;
  metadata?: Record<string, string>;
  idempotencyKey?: string;
  /** SHA-256 of the request's canonical body. */
  requestHash: string;
  policy: StepPolicy;
}

/** How an order's workflow ended. A refused order left nothing behind. */
export interface OrderOutcome {
  status: Extract<OrderStatus, 'ENVIADO' | 'CANCELADO'> | 'refused';
  reason?: string;
}

/** Answers once the order is recorded and its stock reserved, or fails with a problem code. */
export const awaitPlacement = defineUpdate<void, [{ requestHash: string }]>('awaitPlacement');

/** PAGADO -> ENVIADO; answers once it is recorded. */
export const markShipped = defineUpdate<void, [Shipment & { by: string }]>('markShipped');

export const searchAttributes = {
  orderStatus: defineSearchAttributeKey('OrderStatus', SearchAttributeType.KEYWORD),
  customerId: defineSearchAttributeKey('CustomerId', SearchAttributeType.KEYWORD),
} as const;
