/** The keys that the payloads of orders are encrypted with, and what was erased of whom. */

const collections = {
  datakeys: {
    bsonType: 'object',
    required: ['_id', 'createdAt'],
    properties: {
      _id: { bsonType: 'string' },
      masterKeyId: { bsonType: 'string' },
      wrapped: { bsonType: 'binData' },
      createdAt: { bsonType: 'date' },
      erasedAt: { bsonType: 'date' },
    },
  },
  erasures: {
    bsonType: 'object',
    required: ['userId', 'by', 'at', 'orders', 'dataKeys'],
    properties: {
      userId: { bsonType: 'string' },
      by: { bsonType: 'string' },
      at: { bsonType: 'date' },
      orders: { bsonType: 'int' },
      dataKeys: { bsonType: 'int' },
    },
  },
};

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  for (const [name, schema] of Object.entries(collections)) {
    const exists = await db.listCollections({ name }).hasNext();
    if (!exists) await db.createCollection(name, { validator: { $jsonSchema: schema } });
  }
  await db.collection('datakeys').createIndex({ masterKeyId: 1 });
}

/** @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  for (const name of Object.keys(collections)) await db.dropCollection(name).catch(() => false);
}
