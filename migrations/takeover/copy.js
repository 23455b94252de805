import mongoose from 'mongoose';
import { convert } from './convert.js';
import { orderNumber } from './order-number.js';
import { PREFIX, wholeOrders } from './originals.js';
import { createProgress } from './progress.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {Record<string, any>} Doc */

const TRIES = 10;
/** Progress is written after its batch, with the connection's own concern: that waits for both. */
const FAST = { ordered: false, writeConcern: { w: 1 } };

/**
 * Writes the originals as this service keeps them, and tells after each batch how far it is. An
 * order comes after all that belongs to it. A batch that was written before is found, not doubled.
 *
 * @param {Db} db
 * @param {unknown} after where an interrupted run was
 * @param {(last: unknown) => Promise<void>} onBatch
 */
export async function copyOrders(db, after, onBatch) {
  const total = await db.collection(`${PREFIX}orders`).estimatedDocumentCount();
  const progress = createProgress('taking over orders', total);
  await db.collection('orders').createIndex({ orderNumber: 1 }, { unique: true });
  for await (const batch of wholeOrders(db, PREFIX, after)) {
    const converted = batch.map(convert);
    await insert(
      db,
      'orderitems',
      converted.flatMap(({ items }) => items),
    );
    await insert(
      db,
      'orderstatushistory',
      converted.flatMap(({ history }) => history),
    );
    await insert(
      db,
      'payments',
      converted.flatMap(({ payments }) => payments),
    );
    const made = new Set(
      batch.filter(({ order }) => !order.orderNumber).map(({ order }) => String(order._id)),
    );
    await insertOrders(
      db,
      converted.map(({ order }) => order),
      made,
    );
    await onBatch(batch.at(-1)?.order._id);
    progress.add(batch.length);
  }
}

/** An order number that was made up and is taken is made up again. @param {Db} db @param {Doc[]} orders @param {Set<string>} made */
async function insertOrders(db, orders, made) {
  let left = orders;
  for (let attempt = 1; left.length > 0; attempt++) {
    const taken = await insert(db, 'orders', left);
    const fixed = taken.find(({ _id }) => !made.has(String(_id)));
    if (fixed !== undefined || attempt === TRIES) {
      throw new Error(`the number of order ${(fixed ?? taken[0])?.uuid} is taken`);
    }
    left = taken.map((order) => ({ ...order, orderNumber: orderNumber(order.uuid, attempt) }));
  }
}

/** Inserts what is not there yet, and answers the orders whose number is taken.
 * @param {Db} db @param {string} name @param {Doc[]} documents @returns {Promise<Doc[]>} */
async function insert(db, name, documents) {
  if (documents.length === 0) return [];
  try {
    await db.collection(name).insertMany(documents, FAST);
    return [];
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    // MongoDB names one broken index only: one that was there before breaks that of `_id` first.
    const others = errors.filter(({ errmsg }) => !/index: _id_ /.test(errmsg ?? ''));
    if (others.some(({ errmsg }) => !/index: orderNumber_1 /.test(errmsg ?? ''))) throw error;
    return others.map(({ index }) => /** @type {Doc} */ (documents[index]));
  }
}
