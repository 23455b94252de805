/**
 * Takes over the database of another orders service: the same four collections, with amounts as
 * plain numbers and a history without versions. Its documents are kept, untouched, under
 * `legacy_*`; a database without any, or of this service, is left as it is. It comes before the
 * validators and the unique indexes of 0001, which its documents would not pass.
 */
import { assertConvertible } from './takeover/check.js';
import { copyOrders } from './takeover/copy.js';
import { COLLECTIONS, dropPartIndexes, indexParts, PREFIX } from './takeover/originals.js';
import { assertSameMoney, findOrphans } from './takeover/verify.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/**
 * How far a takeover is, so that one that was interrupted goes on.
 * @typedef {{ _id: 'state'; phase: 'moving' | 'copying' | 'done'; startedAt: Date; existed: string[]; after?: unknown }} State
 */

/** @param {Db} db */
const stateOf = (db) =>
  /** @type {import('mongoose').mongo.Collection<State>} */ (db.collection('takeover'));

/** @param {Db} db */
export async function up(db) {
  const state = (await stateOf(db).findOne({ _id: 'state' })) ?? (await begin(db));
  if (state === undefined) return;
  if (state.phase === 'moving') {
    for (const name of COLLECTIONS) await setAside(db, name);
    await advance(db, { phase: 'copying' });
  }
  await copyOrders(db, state.after, async (after) => {
    await advance(db, { after });
  });
  const orphans = [];
  for (const name of COLLECTIONS.slice(1)) orphans.push(...(await findOrphans(db, name)));
  await assertSameMoney(db, orphans);
  await db.collection('takeover').deleteMany({ kind: 'orphan' });
  if (orphans.length > 0) {
    await db
      .collection('takeover')
      .insertMany(orphans.map((orphan) => ({ kind: 'orphan', ...orphan })));
  }
  await advance(db, { phase: 'done' });
}

/** Puts the other service's documents back as they were.
 * @param {Db} db */
export async function down(db) {
  const state = await stateOf(db).findOne({ _id: 'state' });
  if (state === null) return;
  const changed = await db
    .collection('orders')
    .countDocuments({ updatedAt: { $gt: state.startedAt } }, { limit: 1 });
  if (changed > 0) {
    throw new Error('orders were placed or changed since the takeover: going back would lose them');
  }
  for (const name of COLLECTIONS) {
    const wasThere = await db.listCollections({ name: `${PREFIX}${name}` }).hasNext();
    if (wasThere) await db.renameCollection(`${PREFIX}${name}`, name, { dropTarget: true });
    // One that is its own original already was put back by a run that was interrupted.
    else if (!state.existed.includes(name)) await db.collection(name).drop();
  }
  await dropPartIndexes(db);
  await db.collection('takeover').drop();
}

/** Undefined when there is nothing to take over. @param {Db} db @returns {Promise<State | undefined>} */
async function begin(db) {
  const isOurs = await db.collection('migrations').findOne({ fileName: '0001-orders.js' });
  if (isOurs !== null || (await db.collection('orders').findOne()) === null) return undefined;
  await indexParts(db);
  try {
    await assertConvertible(db);
  } catch (error) {
    await dropPartIndexes(db);
    throw error;
  }
  const names = (await db.listCollections().toArray()).map(({ name }) => name);
  const existed = COLLECTIONS.filter((name) => names.includes(name));
  return advance(db, { phase: 'moving', startedAt: new Date(), existed });
}

/** @param {Db} db @param {string} name */
async function setAside(db, name) {
  const original = `${PREFIX}${name}`;
  if (await db.listCollections({ name: original }).hasNext()) return;
  if (await db.listCollections({ name }).hasNext()) await db.renameCollection(name, original);
}

/** @param {Db} db @param {Partial<State>} change */
async function advance(db, change) {
  const options = /** @type {const} */ ({ upsert: true, returnDocument: 'after' });
  const state = await stateOf(db).findOneAndUpdate(
    { _id: 'state' },
    { $set: { ...change, kind: 'state' } },
    options,
  );
  return /** @type {State} */ (state);
}
