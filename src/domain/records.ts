import type {
  Address,
  CustomerFields,
  OrderItem,
  PaymentMethod,
  PaymentStatus,
  Shipment,
} from './order.ts';
import type { OrderStatus } from './order-status.ts';
import type { PricedLine, PricedOrder, PricingNames } from './pricing/price-order.ts';
import type { ProblemCode } from './problems.ts';
import type { RefundKind, RefundShare, RefundStatus } from './refund.ts';

/** An order as it is first recorded. Amounts in minor units, times in ISO 8601. */
export interface NewOrder extends Omit<PricedOrder, 'pricing'>, CustomerFields {
  /** Absent from orders that were placed before there were policies. */
  pricing?: PricingNames;
  orderId: string;
  userId: string;
  items: OrderItem[];
  createdAt: string;
  idempotencyKey?: string;
  requestHash: string;
}

/** A placement that was refused before there was an order; `details` as the customer reads them. */
export interface RefusedPlacement {
  orderId: string;
  userId: string;
  requestHash: string;
  code: ProblemCode;
  detail: string;
  details: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  at: string;
}

/** What was sold, and for how much; the names of the policies stand in the order itself. */
export type SoldLines = Omit<PricedOrder, 'pricing'>;

/** A move of an order's status, as its history tells it. */
export interface RecordedTransition {
  version: number;
  from: OrderStatus;
  to: OrderStatus;
  comment: string;
  /** ISO 8601. */
  at: string;
}

/** An order as it is recorded, for its workflow: where it stands, and what its events say. */
export interface RecordedState {
  orderNumber: string;
  status: OrderStatus;
  version: number;
  createdAt: string;
  /** What was recorded is what is charged. */
  sold: SoldLines;
  /** Oldest first; empty for a new order. */
  transitions: RecordedTransition[];
  /** How many attempts to pay there were, when there was more than one: the last has its own key. */
  attempts?: number;
  /** Of orders whose address was changed: where they go now, and when that was said. */
  moved?: { shippingAddress: Address; changes: { version: number; at: string }[] };
}

/** Who did something. */
export interface Author {
  /** A user id, or "system". Customers see no names but their own. */
  by: string;
  /** For the shop's own people: customers and events never have it. */
  note?: string | undefined;
}

/** One step of an order's status, with all that is written together with it. */
export interface OrderTransition extends Author {
  orderId: string;
  from: OrderStatus;
  to: OrderStatus;
  /** The order's version after it. */
  version: number;
  at: string;
  comment: string;
  payment?: PaymentRecord;
  shipment?: Shipment;
  cancellation?: { reason: string; by: string };
}

/** What became of the payment, while the order's status stays. */
export interface PaymentChange {
  orderId: string;
  at: string;
  payment: PaymentRecord;
}

/** What an operator did to an order, while its status stays. */
export interface OrderNote extends Author {
  orderId: string;
  /** The order's version after it. */
  version: number;
  status: OrderStatus;
  at: string;
  comment: string;
}

/** A change of where an order goes, while its status stays. */
export interface AddressChange extends Omit<OrderNote, 'comment'> {
  shippingAddress: Address;
}

/** What is known of an order's payment; `amount` in minor units. */
export interface PaymentRecord {
  idempotencyKey: string;
  paymentMethod: PaymentMethod;
  paymentStatus: PaymentStatus;
  amount: number;
  currency: string;
  transactionId?: string;
}

/** A line as it is read back; its id never changes. */
interface StoredLine extends PricedLine {
  lineId: string;
}

/** An order as it is read back, whole. Amounts in minor units. */
export interface StoredOrder extends CustomerFields {
  orderId: string;
  orderNumber: string;
  userId: string;
  status: OrderStatus;
  version: number;
  currency: string;
  lines: StoredLine[];
  totalAmount: number;
  taxAmount: number;
  shippingAmount: number;
  /** Absent from orders that were placed before there were policies. */
  pricing?: PricingNames;
  createdAt: Date;
  updatedAt: Date;
  paidAt?: Date;
  shippedAt?: Date;
  cancelledAt?: Date;
  shipment?: Shipment;
  cancellation?: { reason: string; by: string };
  deliveredAt?: Date;
  /** What was given back, in minor units; absent when nothing was. */
  refundedAmount?: number;
  requestHash?: string;
}

/** A refund as it is read back; `amount` in minor units. */
export interface StoredRefund extends RefundShare {
  refundId: string;
  orderId: string;
  kind: RefundKind;
  status: RefundStatus;
  currency: string;
  restock: boolean;
  reason?: string;
  /** Who asked for it, and who approved or rejected it. */
  by: string;
  decidedBy?: string;
  decisionReason?: string;
  /** Of the refund, at Payments or wherever a person gave the money back. */
  transactionId?: string;
  requestHash: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A row of an order's history: a transition, or what an operator did. */
export interface HistoryRow {
  version: number;
  status: OrderStatus;
  comment: string;
  createdAt: Date;
  /** A user id, or "system". */
  createdBy: string;
  /** For the shop's own people. */
  note?: string;
  /** Where the order went, and goes from then on. */
  shippingAddress?: { before: Address; after: Address };
}

/** A payment as it is read back; `amount` in minor units. */
export interface StoredPayment {
  paymentMethod: PaymentMethod;
  paymentStatus: PaymentStatus;
  amount: number;
  currency: string;
  transactionId?: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A refund with the order that it is of. */
export interface ReservedRefund {
  refund: StoredRefund;
  order: Pick<StoredOrder, 'orderId' | 'orderNumber' | 'userId' | 'currency' | 'totalAmount'>;
  /** Under which Payments has the money. */
  paymentKey: string;
  /** Whether a person vouched for the payment: it need not be at Payments. */
  isConfirmedByHand: boolean;
}

/** How far a refund is now. `at` in ISO 8601. */
export interface RefundProgress {
  refundId: string;
  status: RefundStatus;
  at: string;
  /** Who approved, rejected or confirmed it. */
  decidedBy?: string;
  decisionReason?: string;
  transactionId?: string;
}

/** What the order is like with a refund; `refundedAmount` in minor units, `at` in ISO 8601. */
export interface RefundedOrder {
  version: number;
  refundedAmount: number;
  at: string;
}

/** What was recorded of an order's arrival; times in ISO 8601. */
export interface RecordedDelivery {
  userId: string;
  /** The order's version by it. */
  version: number;
  deliveredAt: string;
  at: string;
}
