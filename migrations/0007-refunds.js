/** What happens to an order after it was shipped: it arrives, and money is given back. */

const text = { bsonType: 'string' };
const amount = { bsonType: 'decimal' };
const count = { bsonType: ['int', 'long'], minimum: 1 };

const refunds = {
  bsonType: 'object',
  required: [
    ...['refundId', 'orderId', 'revision', 'kind', 'status', 'lines', 'shipping', 'amount'],
    ...['currency', 'restock', 'by', 'requestHash', 'createdAt', 'updatedAt'],
  ],
  properties: {
    refundId: text,
    orderId: text,
    revision: count,
    kind: { enum: ['shop', 'withdrawal', 'provider'] },
    status: { enum: ['requested', 'pending', 'completed', 'refused'] },
    lines: {
      bsonType: 'array',
      items: { bsonType: 'object', properties: { productId: text, quantity: count } },
    },
    shipping: { bsonType: 'bool' },
    amount,
    currency: { bsonType: 'string', pattern: '^[A-Z]{3}$' },
    restock: { bsonType: 'bool' },
    reason: text,
    by: text,
    decidedBy: text,
    decisionReason: text,
    transactionId: text,
    requestHash: text,
    createdAt: { bsonType: 'date' },
    updatedAt: { bsonType: 'date' },
  },
};

const ofOrder = {
  bsonType: 'array',
  items: {
    bsonType: 'object',
    required: ['refundId', 'amount', 'version'],
    properties: { refundId: text, amount, version: count },
  },
};

const delivery = {
  bsonType: 'object',
  required: ['at', 'version'],
  properties: { at: { bsonType: 'date' }, version: count },
};

const statuses = ['pending', 'completed', 'failed', 'refunded', 'unknown', 'refund_pending'];

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  const exists = await db.listCollections({ name: 'refunds' }).hasNext();
  if (!exists) await db.createCollection('refunds', { validator: { $jsonSchema: refunds } });
  await db.collection('refunds').createIndexes([
    { key: { refundId: 1 }, unique: true },
    { key: { orderId: 1, revision: 1 }, unique: true },
  ]);
  await changeValidator(db, 'orders', (rules) => ({ ...rules, delivery, refunds: ofOrder }));
  const paymentStatus = { enum: [...statuses, 'partially_refunded'] };
  await changeValidator(db, 'payments', (rules) => ({ ...rules, paymentStatus }));
}

/** @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  await db.collection('refunds').drop();
  await changeValidator(db, 'orders', ({ refunds: _, delivery: __, ...rules }) => rules);
  await changeValidator(db, 'payments', (rules) => ({
    ...rules,
    paymentStatus: { enum: statuses },
  }));
}

/**
 * Leaves what other migrations have put into the validator as it is.
 * @param {import('mongoose').mongo.Db} db
 * @param {string} name
 * @param {(properties: Record<string, object>) => Record<string, object>} change
 */
async function changeValidator(db, name, change) {
  const [found] = await db.listCollections({ name }, { nameOnly: false }).toArray();
  const { $jsonSchema: schema } = found?.options?.validator ?? {};
  const validator = { $jsonSchema: { ...schema, properties: change(schema.properties) } };
  await db.command({ collMod: name, validator });
}
