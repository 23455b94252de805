/** Finds an order by the number that the payment provider gave its payment. */

const key = { transactionId: 1 };

/** @param {import('mongoose').mongo.Db} db */
export async function up(db) {
  await db.collection('payments').createIndex(key, { sparse: true });
}

/** @param {import('mongoose').mongo.Db} db */
export async function down(db) {
  const payments = db.collection('payments');
  const [index] = (await payments.indexes()).filter(({ name }) => name === 'transactionId_1');
  if (index !== undefined) await payments.dropIndex('transactionId_1');
}
