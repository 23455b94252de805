/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./convert.js').WholeOrder} WholeOrder */

const PARTS = /** @type {const} */ (['orderitems', 'orderstatushistory', 'payments']);
export const COLLECTIONS = /** @type {const} */ (['orders', ...PARTS]);
/** Where the other service's documents lie, untouched, once they are taken over. */
export const PREFIX = 'legacy_';
const BATCH = 500;
const INDEX = 'takeover_orderId';

/**
 * Batches of orders, each order with all that belongs to it, by ascending `_id`.
 *
 * @param {Db} db
 * @param {string} prefix of the collections' names
 * @param {unknown} after the `_id` of the last order that is not wanted
 * @returns {AsyncGenerator<WholeOrder[]>}
 */
export async function* wholeOrders(db, prefix, after) {
  for (let last = after; ; ) {
    const filter = last === undefined ? {} : { _id: { $gt: last } };
    const orders = await db
      .collection(`${prefix}orders`)
      .find(/** @type {object} */ (filter))
      .sort({ _id: 1 })
      .limit(BATCH)
      .toArray();
    if (orders.length === 0) return;
    yield await withParts(db, prefix, orders);
    last = orders.at(-1)?._id;
  }
}

/** @param {Db} db @param {string} prefix @param {Record<string, unknown>[]} orders */
async function withParts(db, prefix, orders) {
  const wholes = orders.map((order) => ({ order, items: [], history: [], payments: [] }));
  const byKey = new Map(
    wholes.flatMap((whole) => keysOf(whole.order).map((key) => [String(key), whole])),
  );
  const keys = orders.flatMap(keysOf);
  const into = { orderitems: 'items', orderstatushistory: 'history', payments: 'payments' };
  for (const name of PARTS) {
    const found = db.collection(`${prefix}${name}`).find({ orderId: { $in: keys } });
    for (const part of await found.sort({ _id: 1 }).toArray()) {
      const whole = /** @type {WholeOrder} */ (byKey.get(String(part.orderId)));
      whole[/** @type {'items'} */ (into[name])].push(part);
    }
  }
  return wholes;
}

/** By what the other service may have named an order in what belongs to it. @param {Record<string, any>} order */
export function keysOf({ _id, uuid }) {
  return [_id, String(_id), ...(typeof uuid === 'string' ? [uuid] : [])];
}

/** What belongs to an order is read by its order id, which the other service may have no index for.
 * @param {Db} db */
export async function indexParts(db) {
  for (const name of PARTS) {
    if (!(await db.listCollections({ name }).hasNext())) continue;
    const indexes = await db.collection(name).indexes();
    if (indexes.some(({ key }) => Object.keys(key)[0] === 'orderId')) continue;
    await db.collection(name).createIndex({ orderId: 1 }, { name: INDEX });
  }
}

/** @param {Db} db */
export async function dropPartIndexes(db) {
  for (const name of PARTS) {
    if (!(await db.listCollections({ name }).hasNext())) continue;
    const indexes = await db.collection(name).indexes();
    if (indexes.some((index) => index.name === INDEX)) await db.collection(name).dropIndex(INDEX);
  }
}
