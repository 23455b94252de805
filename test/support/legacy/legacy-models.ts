import mongoose, { type Connection, Schema } from 'mongoose';

/**
 * The models of an orders service as it is often written by hand. They name no collection, so that
 * mongoose does: an import has to find what lies there, not what we would have called it.
 */
function createLegacyModels(connection: Connection) {
  return {
    orders: connection.model('Order', order),
    items: connection.model('OrderItem', item),
    history: connection.model('OrderStatusHistory', statusHistory),
    payments: connection.model('Payment', payment),
    outbox: connection.model('Outbox', outbox),
  };
}

export type LegacyModels = ReturnType<typeof createLegacyModels>;

/** Connects as such a service does: mongoose makes the collections and, with `init`, their indexes. */
export async function openLegacy(uri: string, { init = true } = {}) {
  const connection = mongoose.createConnection(uri, { autoIndex: init, autoCreate: init });
  await connection.asPromise();
  const models = createLegacyModels(connection);
  if (init) await Promise.all(Object.values(models).map((model) => model.init()));
  return { connection, models };
}

const text = { type: String, required: true };
const amount = { type: Number, required: true, min: 0 };
const address = new Schema(
  { street: text, city: text, state: text, postalCode: text, country: text },
  { _id: false },
);

const order = new Schema(
  {
    uuid: { ...text, unique: true },
    orderNumber: String,
    userId: { ...text, index: true },
    status: {
      type: String,
      enum: ['CREADO', 'PAGADO', 'ENVIADO'],
      default: 'CREADO',
      index: true,
    },
    totalAmount: amount,
    taxAmount: amount,
    shippingAmount: amount,
    currency: { ...text, default: 'USD' },
    shippingAddress: { type: address, required: true },
    billingAddress: { type: address, required: true },
    paidAt: Date,
    shippedAt: Date,
    idempotencyKey: String,
    requestHash: String,
    metadata: Object,
    version: { type: Number, default: 0 },
  },
  { timestamps: true },
);
order.index({ userId: 1, createdAt: -1 });
order.index({ status: 1, createdAt: -1 });

const item = new Schema(
  {
    orderId: { ...text, index: true },
    productId: { ...text, index: true },
    productName: text,
    productSku: text,
    quantity: { type: Number, required: true, min: 1 },
    unitPrice: amount,
    totalPrice: amount,
    discountAmount: { type: Number, default: 0, min: 0 },
    currency: text,
  },
  { timestamps: true },
);
item.index({ orderId: 1, productId: 1 });

const statusHistory = new Schema({
  orderId: String,
  status: String,
  comment: String,
  createdBy: String,
  createdAt: { type: Date, default: Date.now },
});

const payment = new Schema(
  {
    orderId: String,
    paymentMethod: String,
    paymentStatus: String,
    amount: Number,
    currency: String,
    transactionId: String,
    metadata: Object,
  },
  { timestamps: true },
);

const outbox = new Schema({
  eventType: String,
  eventData: Object,
  processed: { type: Boolean, default: false },
  createdAt: { type: Date, default: Date.now },
  processedAt: Date,
});
