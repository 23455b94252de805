/**
 * Imports the orders of a legacy service: the same four collections, with amounts as plain numbers
 * and a history without versions. They are written anew beside the originals, counted and added up,
 * and only then put in their place; the originals are kept, untouched, as `legacy_*`. A database
 * without such orders, or of this service, is left as it is. This comes before the validators and
 * the unique indexes of 0001, which the originals would not pass.
 */
import { countCollections, countUnread } from './legacy-import/counts.js';
import { findLeft } from './legacy-import/left.js';
import { assertSameMoney } from './legacy-import/money.js';
import { MONGOOSE_NAMES, OWN_NAMES } from './legacy-import/names.js';
import { clearProblems } from './legacy-import/outbox.js';
import { assertNamed, assertNothingLost, tableOf } from './legacy-import/report.js';
import { dropStaged, stageOrders } from './legacy-import/stage.js';
import { collectionsOf, renamed, swapIn, swapOut } from './legacy-import/swap.js';
import { dropLinkIndexes, indexLinks } from './legacy-import/whole-orders.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./legacy-import/names.js').LegacySettings} LegacySettings */
/**
 * What was imported from where.
 * @typedef {{
 *   _id: 'state';
 *   kind: 'state';
 *   phase: 'moving' | 'done';
 *   startedAt: Date;
 *   names: LegacySettings['names'];
 *   aside: string[];
 *   counts: import('./legacy-import/report.js').Count[];
 *   notes: Record<string, number>;
 * }} State
 */
/** `bulk` is the same database through more connections. @typedef {{ legacy?: LegacySettings; bulk?: Db }} Context */

/** @param {Db} db */
const stateOf = (db) =>
  /** @type {import('mongoose').mongo.Collection<State>} */ (db.collection('legacyimport'));

/** @param {Db} db @param {Context} context */
export async function up(db, { legacy, bulk = db } = {}) {
  const settings = legacy ?? { names: MONGOOSE_NAMES, leave: new Map() };
  const state = (await stateOf(db).findOne({ _id: 'state' })) ?? (await stage(bulk, settings));
  if (state === undefined) return;
  await swapIn(db, state.aside);
  await clearProblems(db, state.names.outbox);
  await stateOf(db).updateOne({ _id: 'state' }, { $set: { phase: 'done' } });
}

/** Puts the legacy documents back as they were. @param {Db} db */
export async function down(db) {
  const state = await stateOf(db).findOne({ _id: 'state' });
  if (state === null) return;
  const changed = await db
    .collection('orders')
    .countDocuments({ updatedAt: { $gt: state.startedAt } }, { limit: 1 });
  if (changed > 0) {
    throw new Error('orders were placed or changed since the import: going back would lose them');
  }
  await swapOut(db, state.aside);
  await clearProblems(db, state.names.outbox);
  await db.collection('legacyimport').drop();
}

/** Undefined when there is nothing to import. @param {Db} db @param {LegacySettings} settings @returns {Promise<State | undefined>} */
async function stage(db, settings) {
  const { names } = settings;
  const isOwn = await db.collection('migrations').findOne({ fileName: '0001-orders.js' });
  if (isOwn !== null) return undefined;
  const there = await collectionsOf(db);
  assertNamed(there, names);
  if ((await db.collection(names.orders).findOne()) === null) {
    const others = new Set([...Object.values(names), ...Object.values(OWN_NAMES)]);
    assertNothingLost(await countUnread(db, others), [], settings);
    return undefined;
  }
  const aside = renamed(there, names);
  const { left, ...found } = await stageAndCount(db, there, settings);
  return record(db, { names, aside, ...found }, left);
}

/** Throws, with nothing changed, when not all would be imported that has to be.
 * @param {Db} db @param {ReadonlySet<string>} there @param {LegacySettings} settings */
async function stageAndCount(db, there, settings) {
  const { names } = settings;
  try {
    await indexLinks(db, names);
    const { refused, reconstructed, notes } = await stageOrders(db, names);
    say(['all orders are written; comparing both sides']);
    const left = await findLeft(db, names, refused);
    const counts = await countCollections(db, { there, names, left, reconstructed });
    const all = Object.values(left).flat();
    assertNothingLost(counts, all, settings);
    await assertSameMoney(db, names, left);
    say([...tableOf(counts), ...[...notes].map(([note, count]) => `${count} ${note}`)]);
    return { left: all, counts, notes: Object.fromEntries(notes) };
  } catch (error) {
    await dropStaged(db);
    throw error;
  } finally {
    await dropLinkIndexes(db, names);
  }
}

/**
 * From here on the import is only finished, or taken back.
 *
 * @param {Db} db
 * @param {Pick<State, 'names' | 'aside' | 'counts' | 'notes'>} found
 * @param {readonly import('./legacy-import/left.js').Left[]} left
 */
async function record(db, found, left) {
  await db.collection('legacyimport').deleteMany({});
  const rows = left.map((one) => ({ kind: 'left', ...one }));
  if (rows.length > 0) await db.collection('legacyimport').insertMany(rows);
  /** @type {State} */
  const state = { _id: 'state', kind: 'state', phase: 'moving', startedAt: new Date(), ...found };
  await stateOf(db).insertOne(state);
  return state;
}

/** @param {string[]} lines */
function say(lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
}
