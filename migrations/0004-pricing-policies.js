/** Orders may name the policies they were priced by. */

const text = { bsonType: 'string' };
const pricing = {
  bsonType: 'object',
  required: ['tax', 'shipping', 'rounding'],
  properties: { tax: text, shipping: text, rounding: text },
};

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  await changeValidator(db, (properties) => ({ ...properties, pricing }));
}

/** Orders keep the field: without a rule for it, it is as good as any other.
 * @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  await changeValidator(db, ({ pricing: _, ...properties }) => properties);
}

/**
 * Leaves what other migrations have put into the validator as it is.
 * @param {import('mongoose').mongo.Db} db
 * @param {(properties: Record<string, object>) => Record<string, object>} change
 */
async function changeValidator(db, change) {
  const [orders] = await db.listCollections({ name: 'orders' }, { nameOnly: false }).toArray();
  const { $jsonSchema: schema } = orders?.options?.validator ?? {};
  const validator = { $jsonSchema: { ...schema, properties: change(schema.properties) } };
  await db.command({ collMod: 'orders', validator });
}
