export type OrderStatus = 'CREADO' | 'PAGADO' | 'ENVIADO' | 'CANCELADO';
export type PaymentMethod = 'credit_card' | 'paypal' | 'bank_transfer';

export interface Address {
  street: string;
  city: string;
  state: string;
  postalCode: string;
  /** ISO 3166-1, such as ES. */
  country: string;
}

/** What a customer orders. */
export interface Basket {
  items: { productId: string; quantity: number }[];
  shippingAddress: Address;
  /** The shipping address when absent. */
  billingAddress?: Address;
  paymentMethod: PaymentMethod;
  /** From the payment provider; never a card number. */
  paymentToken?: string;
  /** ISO 4217, such as EUR. */
  currency?: string;
  /** In major units, such as 59.98: another price is refused. */
  expectedTotal?: string | number;
  metadata?: Record<string, string>;
}

/** An exact amount: as decimal text in major units, and as an integer in minor units. */
export interface Money {
  amount: string;
  minor: number;
  currency: string;
}

export interface OrderLine {
  lineId: string;
  productId: string;
  productName: string;
  productSku: string;
  quantity: number;
  unitPrice: number;
  discountAmount: number;
  totalPrice: number;
  /** Of one. */
  price: Money;
  discount: Money;
  /** Of all of them, before the discount. */
  total: Money;
}

export interface Order {
  orderId: string;
  /** What customers read out, such as ORD-7K3M-Q9XD. */
  orderNumber: string;
  userId: string;
  status: OrderStatus;
  version: number;
  currency: string;
  total: Money;
  tax: Money;
  shipping: Money;
  totalAmount: number;
  taxAmount: number;
  shippingAmount: number;
  pricing?: { tax: string; shipping: string; rounding: string };
  items: OrderLine[];
  shippingAddress: Address;
  billingAddress: Address;
  metadata?: Record<string, string>;
  shipment?: { carrier?: string; trackingNumber?: string };
  cancellation?: { reason: string; by: string };
  createdAt: string;
  updatedAt: string;
  paidAt?: string;
  shippedAt?: string;
  cancelledAt?: string;
  deliveredAt?: string;
  /** What was given back; absent when nothing was. */
  refundedTotal?: Money;
}

/** Which orders to list; times and dates in ISO 8601, `from` included and `to` not. */
export interface OrderFilter {
  status?: OrderStatus;
  from?: string;
  to?: string;
  /** For admins: this user's; without it, everyone's. */
  userId?: string;
  orderNumber?: string;
  transactionId?: string;
  /** Of a page. */
  limit?: number;
}

export interface OrderPage {
  orders: Order[];
  nextCursor?: string;
}

/** An order came into a status. */
export interface StatusEvent {
  orderId: string;
  status: OrderStatus;
  version: number;
  at: string;
}

export interface EventTicket {
  ticket: string;
  expiresAt: string;
}
