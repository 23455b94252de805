import { PARTS, staged } from './names.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./names.js').Part} Part */

/** The amounts that must be the same before and after. @type {Record<Part, string[]>} */
const AMOUNTS = {
  orders: ['totalAmount', 'taxAmount', 'shippingAmount'],
  items: ['unitPrice', 'totalPrice', 'discountAmount'],
  history: [],
  payments: ['amount'],
};
/** Rounds away what a float adds to an amount, and no decimal that a currency has. */
const DECIMALS = 5;
const PAGE = 10_000;

/**
 * Throws unless every sum of money is what it was, as MongoDB adds it up, not the code that copied.
 *
 * @param {Db} db
 * @param {import('./names.js').LegacyNames} names
 * @param {Record<Part, import('./left.js').Left[]>} left does not count
 */
export async function assertSameMoney(db, names, left) {
  await Promise.all(PARTS.map((part) => assertSame(db, names[part], part, left[part])));
}

/** @param {Db} db @param {string} name @param {Part} part @param {import('./left.js').Left[]} left */
async function assertSame(db, name, part, left) {
  const fields = AMOUNTS[part];
  if (fields.length === 0) return;
  const [before, after] = await Promise.all([
    sums(db.collection(name), fields, {}),
    sums(db.collection(staged(part)), fields, {}),
  ]);
  for (let from = 0; from < left.length; from += PAGE) {
    const ids = left.slice(from, from + PAGE).map(({ id }) => id);
    const minus = await sums(db.collection(name), fields, { _id: { $in: ids } });
    for (const [index, sum] of minus.entries()) before[index] = (before[index] ?? 0n) - sum;
  }
  for (const [index, field] of fields.entries()) {
    if (before[index] === after[index]) continue;
    throw new Error(
      `nothing was changed: the sum of ${name}.${field} would not stay the same (${before[index]} became ${after[index]}, in units of 10^-${DECIMALS})`,
    );
  }
}

/** @param {import('mongoose').mongo.Collection} collection @param {string[]} fields @param {object} filter */
async function sums(collection, fields, filter) {
  const amounts = Object.fromEntries(fields.map((field) => [field, { $sum: scaled(field) }]));
  const [found] = await collection
    .aggregate([{ $match: filter }, { $group: { _id: null, ...amounts } }])
    .toArray();
  return fields.map((field) => wholeNumber(String(found?.[field] ?? 0)));
}

/** MongoDB writes large ones as 1.25E+18. @param {string} text */
function wholeNumber(text) {
  const [digits = '', exponent = '0'] = text.split('E');
  const [whole = '', decimals = ''] = digits.split('.');
  return BigInt(whole + decimals) * 10n ** BigInt(Number(exponent) - decimals.length);
}

/** A whole number, so that decimals add up without an exponent. What is no amount counts as 0: such
 * a document is left behind. @param {string} field */
function scaled(field) {
  const amount = {
    $convert: { input: `$${field}`, to: 'decimal', onError: null, onNull: null },
  };
  const finite = { $and: [{ $gt: ['$$amount', -1e20] }, { $lt: ['$$amount', 1e20] }] };
  const rounded = { $round: [{ $multiply: ['$$amount', 10 ** DECIMALS] }, 0] };
  return { $let: { vars: { amount }, in: { $cond: [finite, rounded, 0] } } };
}
