import { OWN_NAMES, PARTS, staged } from './names.js';
import { NOT_READ } from './report.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./report.js').Count} Count */
/** @typedef {import('./names.js').LegacyNames} LegacyNames */

/** What this service and its migrations keep beside the orders. */
const INFRASTRUCTURE = ['migrations', 'migrations_lock', 'legacyimport', 'reconciler'];

/**
 * What was found, taken and left in every collection of the database, also in those that nobody
 * reads: they may be the ones that matter.
 *
 * @param {Db} db
 * @param {{
 *   there: ReadonlySet<string>;
 *   names: LegacyNames;
 *   left: Record<string, import('./left.js').Left[]>;
 *   reconstructed: number;
 * }} found
 */
export async function countCollections(db, { there, names, left, reconstructed }) {
  /** @type {Count[]} */
  const counts = [];
  for (const part of PARTS) {
    const collection = names[part];
    const found = await db.collection(collection).countDocuments();
    const written = await db.collection(staged(part)).countDocuments();
    const made = part === 'history' ? reconstructed : 0;
    const remark = remarkOf(part, collection, { isThere: there.has(collection), made });
    const count = { collection, found, taken: written - made, left: left[part]?.length ?? 0 };
    counts.push({ ...count, remark });
    if (count.taken + count.left === found) continue;
    throw new Error(
      `nothing was changed: ${collection} has ${found} documents, of which ${count.taken} were taken and ${count.left} left. Is the legacy service still running?`,
    );
  }
  counts.push(await countOutbox(db.collection(names.outbox)));
  const read = [...Object.values(names), ...INFRASTRUCTURE];
  const unread = [...there].filter((name) => !read.includes(name));
  return [...counts, ...(await countUnread(db, unread))];
}

/** The rows stay where they are; those that do not say whether they were sent would stay unsent.
 * @param {import('mongoose').mongo.Collection} outbox @returns {Promise<Count>} */
async function countOutbox(outbox) {
  const [found, unsent, left] = await Promise.all([
    outbox.countDocuments(),
    outbox.countDocuments({ processed: false }),
    outbox.countDocuments({ processed: { $nin: [true, false] } }),
  ]);
  const remark = [
    `${unsent} unsent, for "npm run import -- publish"`,
    ...(left > 0 ? [`${left} whose field "processed" is neither true nor false`] : []),
  ].join(', ');
  return { collection: outbox.collectionName, found, taken: found - left, left, remark };
}

/** Collections with documents that nobody reads. @param {Db} db @param {Iterable<string>} collections */
export async function countUnread(db, collections) {
  /** @type {Count[]} */
  const counts = [];
  for (const collection of collections) {
    const found = await db.collection(collection).estimatedDocumentCount();
    if (found > 0) counts.push({ collection, found, taken: 0, left: found, remark: NOT_READ });
  }
  return counts;
}

/** @param {import('./names.js').Part} part @param {string} collection @param {{ isThere: boolean; made: number }} known */
function remarkOf(part, collection, { isThere, made }) {
  return [
    ...(isThere ? [] : ['there is no such collection']),
    ...(collection === OWN_NAMES[part] ? [] : [`becomes ${OWN_NAMES[part]}`]),
    ...(made > 0 ? [`${made} rows were missing, and reconstructed`] : []),
  ].join(', ');
}
