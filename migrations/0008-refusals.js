/** Placements that were refused before there was an order, until their idempotency key is forgotten. */

const NAME = 'refusals';
const text = { bsonType: 'string' };
const date = { bsonType: 'date' };
const schema = {
  bsonType: 'object',
  required: ['_id', 'userId', 'requestHash', 'code', 'detail', 'details', 'at', 'expiresAt'],
  properties: {
    _id: text,
    userId: text,
    requestHash: text,
    code: text,
    detail: text,
    details: { bsonType: 'object' },
    at: date,
    expiresAt: date,
  },
};

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  const exists = await db.listCollections({ name: NAME }).hasNext();
  if (!exists) await db.createCollection(NAME, { validator: { $jsonSchema: schema } });
  await db
    .collection(NAME)
    .createIndexes([
      { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      { key: { userId: 1, _id: 1 } },
    ]);
}

/** @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  await db.dropCollection(NAME).catch(() => false);
}
