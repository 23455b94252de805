import { convert } from './convert.js';
import { findDuplicates } from './duplicates.js';
import { PARTS, staged } from './names.js';
import { orderNumber } from './order-number.js';
import { createProgress } from './progress.js';
import { Unconvertible } from './values.js';
import { findLinks, keysOf, orderBatches, withParts } from './whole-orders.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./names.js').LegacyNames} LegacyNames */
/** @typedef {import('./convert.js').Converted} Converted */
/** @typedef {Record<string, any>} Doc */
/** An order that is not imported. @typedef {{ id: unknown; keys: string[]; reason: string }} Refused */
/** @typedef {{ refused: Refused[]; reconstructed: number; notes: Map<string, number> }} Staged */

const TRIES = 10;
/** Batches under way: while the server writes one, this process converts another. */
const AT_ONCE = 3;
/** Renaming, at the end, waits for a majority; what was written before is safe by then. */
const FAST = { ordered: false, writeConcern: { w: 1 } };

/**
 * Writes every order that can be imported, with all that belongs to it, into the staged collections.
 * Nothing else is changed, so a run that was interrupted is simply begun again.
 *
 * @param {Db} db
 * @param {LegacyNames} names
 * @returns {Promise<Staged>}
 */
export async function stageOrders(db, names) {
  await dropStaged(db);
  for (const part of PARTS) await db.createCollection(staged(part));
  await db.collection(staged('orders')).createIndex({ orderNumber: 1 }, { unique: true });
  const links = await findLinks(db, names);
  const duplicates = await findDuplicates(db, names);
  const total = await db.collection(names.orders).estimatedDocumentCount();
  const progress = createProgress('importing orders', total);
  /** @type {Staged} */
  const result = { refused: [], reconstructed: 0, notes: new Map() };

  const batches = orderBatches(db, names.orders);
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, stageBatches));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return result;

  async function stageBatches() {
    try {
      for (;;) {
        const { value: orders, done } = await batches.next();
        if (done) return;
        await stageBatch(orders);
        progress.add(orders.length);
      }
    } catch (error) {
      await batches.return(undefined);
      throw error;
    }
  }

  /** @param {Doc[]} orders */
  async function stageBatch(orders) {
    const converted = [];
    for (const whole of await withParts(db, names, links, orders)) {
      try {
        duplicates.assertNone(whole);
        converted.push(convert(whole));
        const added = /** @type {Converted} */ (converted.at(-1)).history.length;
        result.reconstructed += added - whole.history.length;
      } catch (error) {
        if (!(error instanceof Unconvertible)) throw error;
        const { order } = whole;
        result.refused.push({ id: order._id, keys: keysOf(order), reason: error.message });
      }
    }
    for (const note of converted.flatMap(({ notes }) => notes)) {
      result.notes.set(note, (result.notes.get(note) ?? 0) + 1);
    }
    const numbered = new Set(
      orders.filter((order) => order.orderNumber).map(({ _id }) => String(_id)),
    );
    await Promise.all([
      insert(
        db,
        'items',
        converted.flatMap(({ items }) => items),
      ),
      insert(
        db,
        'history',
        converted.flatMap(({ history }) => history),
      ),
      insert(
        db,
        'payments',
        converted.flatMap(({ payments }) => payments),
      ),
      insertOrders(
        db,
        converted.map(({ order }) => order),
        numbered,
      ),
    ]);
  }
}

/** @param {Db} db */
export async function dropStaged(db) {
  for (const part of PARTS) await db.collection(staged(part)).drop();
}

/**
 * As a plain command: the driver's bulk write costs as much again as the documents. Answers the
 * documents that an order number kept out.
 *
 * @param {Db} db
 * @param {import('./names.js').Part} part
 * @param {Doc[]} documents
 * @returns {Promise<Doc[]>}
 */
async function insert(db, part, documents) {
  if (documents.length === 0) return [];
  const { writeErrors = [] } = await db.command({ insert: staged(part), documents, ...FAST });
  return writeErrors.map((/** @type {{ index: number; errmsg: string }} */ { index, errmsg }) => {
    if (!/index: orderNumber_1 /.test(errmsg)) throw new Error(`${staged(part)}: ${errmsg}`);
    return documents[index];
  });
}

/**
 * An order number that was made up here and is taken is made up again.
 *
 * @param {Db} db
 * @param {Doc[]} orders
 * @param {Set<string>} numbered ids of those that had a number before
 */
async function insertOrders(db, orders, numbered) {
  let left = orders;
  for (let attempt = 1; left.length > 0; attempt++) {
    const taken = await insert(db, 'orders', left);
    const fixed = taken.find(({ _id }) => numbered.has(String(_id)));
    if (fixed !== undefined || attempt === TRIES) {
      throw new Error(`the number of order ${(fixed ?? taken[0])?.uuid} is taken`);
    }
    left = taken.map((order) => ({ ...order, orderNumber: orderNumber(order.uuid, attempt) }));
  }
}
