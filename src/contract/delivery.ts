/** That an order has arrived: a fact about it, not a status. One workflow for each order. */
import type { OrderPolicy } from './order.ts';

export const DELIVERY_WORKFLOW = 'recordOrderDelivery';

export function deliveryWorkflowId(orderId: string): string {
  return `delivery-${orderId}`;
}

export interface DeliveryInput {
  orderId: string;
  /** ISO 8601. */
  deliveredAt: string;
  by: string;
  /** For the shop's own people. */
  note?: string;
  policy: OrderPolicy;
}
