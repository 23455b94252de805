import { convert } from './convert.js';
import { wholeOrders } from './originals.js';
import { createProgress } from './progress.js';
import { Unconvertible } from './values.js';

/** @typedef {import('mongoose').mongo.Db} Db */

const SHOWN = 20;

/** What has to be unique here, and need not have been there. */
const UNIQUE = [
  { name: 'orders', fields: ['uuid'] },
  { name: 'orders', fields: ['orderNumber'] },
  { name: 'orders', fields: ['userId', 'idempotencyKey'] },
  { name: 'payments', fields: ['idempotencyKey'] },
];

/** Reads all that is to be taken over, and throws when any of it cannot be: then nothing is changed.
 * @param {Db} db */
export async function assertConvertible(db) {
  const problems = [];
  let count = 0;
  for (const one of UNIQUE) {
    for await (const found of duplicates(db, one)) {
      count++;
      if (problems.length < SHOWN)
        problems.push(`${one.name}: ${found.n} with ${JSON.stringify(found._id)}`);
    }
  }
  const progress = createProgress(
    'checking orders',
    await db.collection('orders').estimatedDocumentCount(),
  );
  for await (const batch of wholeOrders(db, '', undefined)) {
    for (const whole of batch) {
      const reason = whyNot(whole);
      if (reason === undefined) continue;
      count++;
      if (problems.length < SHOWN) problems.push(`order ${whole.order._id}: ${reason}`);
    }
    progress.add(batch.length);
  }
  if (count === 0) return;
  const more = count > problems.length ? `\n  and ${count - problems.length} more` : '';
  throw new Error(
    `nothing was changed: ${count} documents cannot be taken over without guessing. Mend them, and migrate again.\n  ${problems.join('\n  ')}${more}`,
  );
}

/** @param {import('./convert.js').WholeOrder} whole */
function whyNot(whole) {
  try {
    convert(whole);
    return undefined;
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
    return error.message;
  }
}

/** @param {Db} db @param {{ name: string; fields: string[] }} unique */
function duplicates(db, { name, fields }) {
  const present = Object.fromEntries(fields.map((field) => [field, { $nin: [null, ''] }]));
  const id = Object.fromEntries(fields.map((field) => [field, `$${field}`]));
  const pipeline = [
    { $match: present },
    { $group: { _id: id, n: { $sum: 1 } } },
    { $match: { n: { $gt: 1 } } },
  ];
  return db.collection(name).aggregate(pipeline, { allowDiskUse: true });
}
