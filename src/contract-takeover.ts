/** Orders that another service placed, and that get a workflow here. */
import type { OrderInput } from './contract.ts';
import type { OrderStatus } from './domain/order-status.ts';
import type { PricedOrder } from './domain/pricing.ts';
import type { PaymentRecord } from './domain/records.ts';

export const ADOPTED_ORDER_WORKFLOW = 'adoptedOrder';

/** Where an order is when its workflow begins. */
export interface OrderSoFar {
  status: OrderStatus;
  version: number;
  priced: Omit<PricedOrder, 'pricing'>;
  /** Under its own key: Payments does not know the order's. */
  payment: PaymentRecord;
}

export interface AdoptedOrderInput extends OrderInput {
  adopted: OrderSoFar;
}
