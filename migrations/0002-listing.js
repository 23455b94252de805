/**
 * An index for each combination of the filters of a list of orders, newest first; the id is the
 * last part, so that a page begins exactly where the one before it ended.
 */

/** @typedef {import('mongoose').mongo.Db} Db */

/** @type {import('mongoose').mongo.IndexDescription[]} */
const listing = [
  { key: { createdAt: -1, uuid: -1 } },
  { key: { userId: 1, createdAt: -1, uuid: -1 } },
  { key: { status: 1, createdAt: -1, uuid: -1 } },
  { key: { userId: 1, status: 1, createdAt: -1, uuid: -1 } },
];

/** @type {import('mongoose').mongo.IndexDescription[]} What they replace. */
const before = [{ key: { userId: 1, createdAt: -1 } }, { key: { status: 1, createdAt: -1 } }];

/** @param {Db} db */
export async function up(db) {
  await replace(db, before, listing);
}

/** @param {Db} db */
export async function down(db) {
  await replace(db, listing, before);
}

/**
 * @param {Db} db
 * @param {import('mongoose').mongo.IndexDescription[]} dropped
 * @param {import('mongoose').mongo.IndexDescription[]} created
 */
async function replace(db, dropped, created) {
  const orders = db.collection('orders');
  await orders.createIndexes(created);
  const names = dropped.map(({ key }) => Object.entries(key).flat().join('_'));
  for (const { name = '' } of await orders.indexes()) {
    if (names.includes(name)) await orders.dropIndex(name);
  }
}
