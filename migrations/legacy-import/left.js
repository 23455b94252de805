import { PARTS, staged } from './names.js';
import { LINKED } from './whole-orders.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./names.js').Part} Part */
/** @typedef {import('./stage.js').Staged} Staged */
/** @typedef {{ collection: string; id: any; orderId?: unknown; reason: string }} Left */

const PAGE = 5_000;

/**
 * Every document of the legacy collections that is in no staged one, and why. Compared by id, not
 * by what the import believes it has done.
 *
 * @param {Db} db
 * @param {import('./names.js').LegacyNames} names
 * @param {Staged['refused']} refused
 */
export async function findLeft(db, names, refused) {
  const reasons = new Map(refused.map(({ id, reason }) => [String(id), reason]));
  const refusedKeys = new Set(refused.flatMap(({ keys }) => keys));
  /** @type {Record<Part, Left[]>} */
  const left = { orders: [], items: [], history: [], payments: [] };
  await Promise.all(
    PARTS.map(async (part) => {
      const isLinked = /** @type {readonly string[]} */ (LINKED).includes(part);
      for await (const { _id: id, orderId } of missing(db, names[part], staged(part))) {
        const reason = isLinked
          ? `its order ${orderId} ${refusedKeys.has(String(orderId)) ? 'stays behind' : 'does not exist'}`
          : (reasons.get(String(id)) ?? 'it was written while the import was running');
        left[part].push({ collection: names[part], id, ...(orderId && { orderId }), reason });
      }
    }),
  );
  return left;
}

/** What is in one collection and not in the other, by `_id`. @param {Db} db @param {string} name @param {string} other */
async function* missing(db, name, other) {
  for (let last; ; ) {
    const page = await db
      .collection(name)
      .find(last === undefined ? {} : { _id: { $gt: last } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    if (page.length === 0) return;
    const ids = page.map(({ _id }) => _id);
    const found = db.collection(other).find({ _id: { $in: ids } }, { projection: { _id: 1 } });
    const there = new Set((await found.toArray()).map(({ _id }) => String(_id)));
    const absent = ids.filter((id) => !there.has(String(id)));
    if (absent.length > 0) yield* db.collection(name).find({ _id: { $in: absent } });
    last = ids.at(-1);
  }
}
