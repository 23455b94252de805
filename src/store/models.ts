import { type Connection, Schema, type Types } from 'mongoose';
import type {
  Address,
  CustomerFields,
  PaymentMethod,
  PaymentStatus,
  Shipment,
} from '../domain/order.ts';
import { type OrderStatus, orderStatuses } from '../domain/order-status.ts';
import type { PricingNames } from '../domain/pricing/price-order.ts';
import type { StoredRefund } from '../domain/records.ts';
import { refundKinds, refundStatuses } from '../domain/refund.ts';

/** The documents as they lie in MongoDB; private to this folder. */
export interface OrderDocument extends CustomerFields {
  uuid: string;
  orderNumber: string;
  userId: string;
  status: OrderStatus;
  totalAmount: Types.Decimal128;
  taxAmount: Types.Decimal128;
  shippingAmount: Types.Decimal128;
  currency: string;
  pricing?: PricingNames;
  createdAt: Date;
  updatedAt: Date;
  paidAt?: Date;
  shippedAt?: Date;
  cancelledAt?: Date;
  version: number;
  idempotencyKey?: string;
  requestHash?: string;
  cancellation?: { reason: string; by: string };
  shipment?: Shipment;
  /** When it arrived, and the version that the order got by that. */
  delivery?: { at: Date; version: number };
  /** What was given back, oldest first, each with the version that the order got by it. */
  refunds?: { refundId: string; amount: Types.Decimal128; version: number }[];
}

/** `revision` counts the refunds of an order: of two at once, one finds its number taken. */
export interface RefundDocument extends Omit<StoredRefund, 'amount'> {
  revision: number;
  amount: Types.Decimal128;
}

export interface ItemDocument {
  _id: Types.ObjectId;
  orderId: string;
  productId: string;
  productName: string;
  productSku: string;
  quantity: number;
  unitPrice: Types.Decimal128;
  totalPrice: Types.Decimal128;
  /** Absent in documents of older versions. */
  discountAmount?: Types.Decimal128;
  currency: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface HistoryDocument {
  orderId: string;
  status: OrderStatus;
  comment: string;
  createdAt: Date;
  createdBy: string;
  note?: string;
  shippingAddress?: { before: Address; after: Address };
  version: number;
}

export interface PaymentDocument {
  orderId: string;
  idempotencyKey: string;
  paymentMethod: PaymentMethod;
  paymentStatus: PaymentStatus;
  amount: Types.Decimal128;
  currency: string;
  transactionId?: string;
  metadata?: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

/** For what is written before its order: the order's own write waits until all of it is safe. */
export const BEFORE_ORDER = { writeConcern: { w: 1 } } as const;

const text = { type: String, required: true } as const;
const amount = { type: Schema.Types.Decimal128, required: true } as const;
const status = { type: String, required: true, enum: orderStatuses } as const;
const date = { type: Date, required: true } as const;
const version = { type: Number, required: true } as const;
const address = new Schema<Address>(
  { street: text, city: text, state: text, postalCode: text, country: text },
  { _id: false },
);
const customer: Readonly<Record<keyof CustomerFields, object>> = {
  shippingAddress: address,
  billingAddress: address,
  metadata: Schema.Types.Mixed,
};
const options = { strict: 'throw', versionKey: false } as const;

const orders = new Schema<OrderDocument>(
  {
    uuid: text,
    orderNumber: text,
    userId: text,
    status,
    totalAmount: amount,
    taxAmount: amount,
    shippingAmount: amount,
    currency: text,
    pricing: new Schema<PricingNames>(
      { tax: text, shipping: text, rounding: text },
      { _id: false },
    ),
    ...customer,
    createdAt: date,
    updatedAt: date,
    paidAt: Date,
    shippedAt: Date,
    cancelledAt: Date,
    version,
    idempotencyKey: String,
    requestHash: String,
    cancellation: new Schema({ reason: text, by: text }, { _id: false }),
    shipment: new Schema({ carrier: String, trackingNumber: String }, { _id: false }),
    delivery: new Schema({ at: date, version }, { _id: false }),
    refunds: {
      type: [new Schema({ refundId: text, amount, version }, { _id: false })],
      default: undefined,
    },
  },
  { ...options, collection: 'orders', minimize: true },
);

const items = new Schema<ItemDocument>(
  {
    orderId: text,
    productId: text,
    productName: text,
    productSku: text,
    quantity: { type: Number, required: true },
    unitPrice: amount,
    totalPrice: amount,
    discountAmount: amount,
    currency: text,
    createdAt: date,
    updatedAt: date,
  },
  { ...options, ...BEFORE_ORDER, collection: 'orderitems' },
);

const history = new Schema<HistoryDocument>(
  {
    orderId: text,
    status,
    comment: String,
    createdAt: date,
    createdBy: text,
    note: String,
    shippingAddress: new Schema({ before: address, after: address }, { _id: false }),
    version,
  },
  { ...options, ...BEFORE_ORDER, collection: 'orderstatushistory' },
);

const payments = new Schema<PaymentDocument>(
  {
    orderId: text,
    idempotencyKey: text,
    paymentMethod: text,
    paymentStatus: text,
    amount,
    currency: text,
    transactionId: String,
    metadata: Schema.Types.Mixed,
    createdAt: date,
    updatedAt: date,
  },
  { ...options, collection: 'payments' },
);

const refunds = new Schema<RefundDocument>(
  {
    refundId: text,
    orderId: text,
    revision: version,
    kind: { type: String, required: true, enum: refundKinds },
    status: { type: String, required: true, enum: refundStatuses },
    lines: [new Schema({ productId: text, quantity: version }, { _id: false })],
    shipping: { type: Boolean, required: true },
    amount,
    currency: text,
    restock: { type: Boolean, required: true },
    reason: String,
    by: text,
    decidedBy: String,
    decisionReason: String,
    transactionId: String,
    requestHash: text,
    createdAt: date,
    updatedAt: date,
  },
  { ...options, collection: 'refunds' },
);

export function createModels(connection: Connection) {
  return {
    Order: connection.model('Order', orders),
    Item: connection.model('OrderItem', items),
    History: connection.model('OrderStatusHistory', history),
    Payment: connection.model('Payment', payments),
    Refund: connection.model('Refund', refunds),
  };
}

export type Models = ReturnType<typeof createModels>;
