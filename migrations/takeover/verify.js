import { PREFIX } from './originals.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {{ collection: string; id: import('mongoose').mongo.ObjectId; orderId: unknown }} Orphan */

/** The amounts that must be the same before and after. */
const AMOUNTS = {
  orders: ['totalAmount', 'taxAmount', 'shippingAmount'],
  orderitems: ['unitPrice', 'totalPrice', 'discountAmount'],
  payments: ['amount'],
};
/** Rounds away what a float adds to an amount, and no decimal that a currency has. */
const DECIMALS = 5;
const BATCH = 1000;

/**
 * Throws unless every order is there and every sum of money is what it was, as MongoDB adds it up,
 * not the code that copied. `orphans` are what belonged to no order, and stays where it is.
 *
 * @param {Db} db
 * @param {Orphan[]} orphans
 */
export async function assertSameMoney(db, orphans) {
  for (const [name, fields] of Object.entries(AMOUNTS)) {
    const left = orphans.filter(({ collection }) => collection === name).map(({ id }) => id);
    const before = await sums(db, `${PREFIX}${name}`, fields, left);
    const after = await sums(db, name, fields, []);
    if (before === after) continue;
    throw new Error(`${name} differ after the takeover: ${before} became ${after}`);
  }
}

/** @param {Db} db @param {string} name @param {string[]} fields @param {unknown[]} without */
async function sums(db, name, fields, without) {
  const rounded = (/** @type {string} */ field) => ({
    $sum: { $round: [{ $toDecimal: { $ifNull: [`$${field}`, 0] } }, DECIMALS] },
  });
  const amounts = Object.fromEntries(fields.map((field) => [field, rounded(field)]));
  const [found] = await db
    .collection(name)
    .aggregate([
      { $match: { _id: { $nin: without } } },
      { $group: { _id: null, documents: { $sum: 1 }, ...amounts } },
    ])
    .toArray();
  return ['documents', ...fields]
    .map((field) => `${field} ${plain(found?.[field] ?? 0)}`)
    .join(', ');
}

/** Without zeros that only say how precisely it was added up. @param {unknown} number */
function plain(number) {
  return String(number)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** What names an order that is not there: a crash of the other service may have left it behind.
 * @param {Db} db @param {string} name @returns {Promise<Orphan[]>} */
export async function findOrphans(db, name) {
  const orphans = [];
  for (let last; ; ) {
    const page = await db
      .collection(`${PREFIX}${name}`)
      .find(last === undefined ? {} : { _id: { $gt: last } }, { projection: { orderId: 1 } })
      .sort({ _id: 1 })
      .limit(BATCH)
      .toArray();
    if (page.length === 0) return orphans;
    const ids = page.map(({ _id }) => _id);
    const copied = db.collection(name).find({ _id: { $in: ids } }, { projection: { _id: 1 } });
    const there = new Set((await copied.toArray()).map(({ _id }) => String(_id)));
    const left = page.filter(({ _id }) => !there.has(String(_id)));
    orphans.push(...left.map(({ _id: id, orderId }) => ({ collection: name, id, orderId })));
    last = page.at(-1)?._id;
  }
}
