/** The four collections with their validators and indexes. */

const uuid = { bsonType: 'string', pattern: '^[0-9a-f-]{36}$' };
const text = { bsonType: 'string' };
const currency = { bsonType: 'string', pattern: '^[A-Z]{3}$' };
const amount = { bsonType: 'decimal' };
const date = { bsonType: 'date' };
const version = { bsonType: ['int', 'long'], minimum: 1 };
const status = { enum: ['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'] };
const address = object(['street', 'city', 'state', 'postalCode', 'country'], {
  street: text,
  city: text,
  state: text,
  postalCode: text,
  country: text,
});

/** @param {string[]} required @param {Record<string, object>} properties */
function object(required, properties) {
  return { bsonType: 'object', properties, ...(required.length > 0 && { required }) };
}

/** @type {{ name: string; schema: object; indexes: import('mongoose').mongo.IndexDescription[] }[]} */
const collections = [
  {
    name: 'orders',
    schema: object(
      [
        'uuid',
        'orderNumber',
        'userId',
        'status',
        'totalAmount',
        'taxAmount',
        'shippingAmount',
        'currency',
        'shippingAddress',
        'billingAddress',
        'createdAt',
        'updatedAt',
        'version',
      ],
      {
        uuid,
        orderNumber: text,
        userId: text,
        status,
        totalAmount: amount,
        taxAmount: amount,
        shippingAmount: amount,
        currency,
        shippingAddress: address,
        billingAddress: address,
        createdAt: date,
        updatedAt: date,
        paidAt: date,
        shippedAt: date,
        cancelledAt: date,
        version,
        idempotencyKey: text,
        requestHash: text,
        metadata: { bsonType: 'object', additionalProperties: text },
        cancellation: object(['reason', 'by'], { reason: text, by: text }),
        shipment: object([], { carrier: text, trackingNumber: text }),
      },
    ),
    indexes: [
      { key: { uuid: 1 }, unique: true },
      { key: { orderNumber: 1 }, unique: true },
      { key: { userId: 1, createdAt: -1 } },
      { key: { status: 1, createdAt: -1 } },
      { key: { updatedAt: 1, uuid: 1 } },
      {
        key: { userId: 1, idempotencyKey: 1 },
        unique: true,
        partialFilterExpression: { idempotencyKey: { $exists: true } },
      },
    ],
  },
  {
    name: 'orderitems',
    schema: object(
      ['orderId', 'productId', 'productName', 'productSku', 'quantity', 'unitPrice', 'totalPrice'],
      {
        orderId: uuid,
        productId: text,
        productName: text,
        productSku: text,
        quantity: { bsonType: ['int', 'long'], minimum: 1 },
        unitPrice: amount,
        totalPrice: amount,
        discountAmount: amount,
        currency,
        createdAt: date,
        updatedAt: date,
      },
    ),
    indexes: [{ key: { orderId: 1, productId: 1 } }, { key: { productId: 1 } }],
  },
  {
    name: 'orderstatushistory',
    schema: object(['orderId', 'status', 'createdAt', 'createdBy', 'version'], {
      orderId: uuid,
      status,
      comment: text,
      createdAt: date,
      createdBy: text,
      version,
    }),
    indexes: [{ key: { orderId: 1, version: 1 }, unique: true }],
  },
  {
    name: 'payments',
    schema: object(
      ['orderId', 'idempotencyKey', 'paymentMethod', 'paymentStatus', 'amount', 'currency'],
      {
        orderId: uuid,
        idempotencyKey: text,
        paymentMethod: { enum: ['credit_card', 'paypal', 'bank_transfer'] },
        paymentStatus: {
          enum: ['pending', 'completed', 'failed', 'refunded', 'unknown', 'refund_pending'],
        },
        amount,
        currency,
        transactionId: text,
        metadata: { bsonType: 'object' },
        createdAt: date,
        updatedAt: date,
      },
    ),
    indexes: [{ key: { orderId: 1 } }, { key: { idempotencyKey: 1 }, unique: true }],
  },
];

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  for (const { name, schema, indexes } of collections) {
    const exists = await db.listCollections({ name }).hasNext();
    if (!exists) await db.createCollection(name);
    await db.command({ collMod: name, validator: { $jsonSchema: schema } });
    await db.collection(name).createIndexes(indexes);
  }
}

/** Drops what `up` made, so it refuses while there are orders to lose. Imported ones are kept
 * elsewhere, and the import's own way back replaces these collections.
 * @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  if ((await db.collection('legacyimport').findOne({ kind: 'state' })) !== null) return;
  const orders = await db.collection('orders').countDocuments({}, { limit: 1 });
  if (orders > 0) throw new Error('there are orders in this database: drop them by hand first');
  for (const { name } of collections) await db.collection(name).drop();
}
