import { PARTS } from './names.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./convert.js').WholeOrder} WholeOrder */
/** @typedef {import('./names.js').LegacyNames} LegacyNames */
/** @typedef {Record<string, any>} Doc */
/** Whether some rows of a part name their order by its `_id`, as such or as text.
 * @typedef {{ byObjectId: boolean; byHexId: boolean }} Links */

const BATCH = 250;
const INDEX = 'import_orderId';
/** What has an `orderId`. */
export const LINKED = /** @type {const} */ (['items', 'history', 'payments']);

/**
 * Batches of orders by ascending `_id`.
 *
 * @param {Db} db
 * @param {string} name
 * @returns {AsyncGenerator<Doc[]>}
 */
export async function* orderBatches(db, name) {
  for (let last; ; ) {
    const orders = await db
      .collection(name)
      .find(last === undefined ? {} : { _id: { $gt: last } })
      .sort({ _id: 1 })
      .limit(BATCH)
      .toArray();
    if (orders.length === 0) return;
    last = orders.at(-1)?._id;
    yield orders;
  }
}

/**
 * Adds to each order what belongs to it.
 *
 * @param {Db} db
 * @param {LegacyNames} names
 * @param {Record<string, Links>} links of each part
 * @param {Doc[]} orders
 * @returns {Promise<WholeOrder[]>}
 */
export async function withParts(db, names, links, orders) {
  const wholes = orders.map((order) => ({ order, items: [], history: [], payments: [] }));
  const byKey = new Map(wholes.flatMap((whole) => keysOf(whole.order).map((key) => [key, whole])));
  await Promise.all(
    LINKED.map(async (part) => {
      const keys = orders.flatMap((order) => linksOf(order, /** @type {Links} */ (links[part])));
      const found = db.collection(names[part]).find({ orderId: { $in: keys } });
      for (const row of await found.toArray()) {
        const whole = /** @type {WholeOrder} */ (byKey.get(String(row.orderId)));
        whole[part].push(row);
      }
    }),
  );
  return wholes;
}

/** By what rows of the legacy service may name an order, as texts. @param {Doc} order */
export function keysOf({ _id, uuid }) {
  return [String(_id), ...(typeof uuid === 'string' ? [uuid] : [])];
}

/** @param {Doc} order @param {Links} links @returns {any[]} */
function linksOf({ _id, uuid }, { byObjectId, byHexId }) {
  return [
    ...(byObjectId ? [_id] : []),
    ...(byHexId ? [String(_id)] : []),
    ...(typeof uuid === 'string' ? [uuid] : []),
  ];
}

/** How each part names its order: what nobody uses need not be looked for. @param {Db} db @param {LegacyNames} names */
export async function findLinks(db, names) {
  /** @type {Record<string, Links>} */
  const links = {};
  for (const part of LINKED) {
    const has = async (/** @type {object} */ orderId) =>
      (await db.collection(names[part]).findOne({ orderId }, { projection: { _id: 1 } })) !== null;
    const byObjectId = await has({ $type: 'objectId' });
    links[part] = { byObjectId, byHexId: await has({ $regex: '^[0-9a-f]{24}$' }) };
  }
  return links;
}

/** What belongs to an order is read by its order id, for which the legacy service may have no index.
 * @param {Db} db @param {LegacyNames} names */
export async function indexLinks(db, names) {
  for (const part of LINKED) {
    if (!(await db.listCollections({ name: names[part] }).hasNext())) continue;
    const indexes = await db.collection(names[part]).indexes();
    if (indexes.some(({ key }) => Object.keys(key)[0] === 'orderId')) continue;
    await db.collection(names[part]).createIndex({ orderId: 1 }, { name: INDEX });
  }
}

/** @param {Db} db @param {LegacyNames} names */
export async function dropLinkIndexes(db, names) {
  for (const part of PARTS) {
    if (!(await db.listCollections({ name: names[part] }).hasNext())) continue;
    const indexes = await db.collection(names[part]).indexes();
    if (!indexes.some(({ name }) => name === INDEX)) continue;
    await db.collection(names[part]).dropIndex(INDEX);
  }
}
