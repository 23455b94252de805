/** What a customer orders, before prices are known. */
export interface OrderItem {
  productId: string;
  quantity: number;
}

export interface Address {
  street: string;
  city: string;
  state: string;
  postalCode: string;
  country: string;
}

/** What the customer decides of an order, and nobody computes: it is recorded and shown as it came. */
export interface CustomerFields {
  shippingAddress: Address;
  billingAddress: Address;
  metadata?: Record<string, string>;
}

const isCustomerField: Readonly<Record<keyof CustomerFields, true>> = {
  shippingAddress: true,
  billingAddress: true,
  metadata: true,
};
export const customerFields = Object.keys(isCustomerField) as (keyof CustomerFields)[];

export const paymentMethods = ['credit_card', 'paypal', 'bank_transfer'] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

export const paymentStatuses = [
  'pending',
  'completed',
  'failed',
  'partially_refunded',
  'refunded',
  'unknown',
  'refund_pending',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** A product as the catalogue sells it; `unitPrice` in minor units of `currency`. */
export interface Product {
  productId: string;
  productName: string;
  productSku: string;
  unitPrice: number;
  currency: string;
}

export interface Shipment {
  carrier?: string;
  trackingNumber?: string;
}
