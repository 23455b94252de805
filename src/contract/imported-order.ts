/** Orders that another service placed, and that get a workflow here. */

import type { OrderStatus } from '../domain/order-status.ts';
import type { PricedOrder } from '../domain/pricing/price-order.ts';
import type { PaymentRecord } from '../domain/records.ts';
import type { OrderInput } from './order.ts';

export const IMPORTED_ORDER_WORKFLOW = 'importedOrder';

/** Where an order is when its workflow begins. */
export interface OrderSoFar {
  orderNumber: string;
  status: OrderStatus;
  version: number;
  priced: Omit<PricedOrder, 'pricing'>;
  /** Under its own key: Payments does not know the order's. */
  payment: PaymentRecord;
}

export interface ImportedOrderInput extends OrderInput {
  soFar: OrderSoFar;
}
