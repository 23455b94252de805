import { ASIDE, OWN_NAMES, PARTS, STAGED, staged } from './names.js';

/** @typedef {import('mongoose').mongo.Db} Db */

/**
 * Puts the staged collections in the place of the legacy ones, which are renamed. Each step is seen
 * by its result, so that a run that was interrupted goes on.
 *
 * @param {Db} db
 * @param {readonly string[]} aside what is renamed
 */
export async function swapIn(db, aside) {
  for (const name of aside) {
    if (!(await exists(db, `${ASIDE}${name}`))) await db.renameCollection(name, `${ASIDE}${name}`);
  }
  for (const part of PARTS) {
    if (await exists(db, staged(part))) await db.renameCollection(staged(part), OWN_NAMES[part]);
  }
}

/** The way back: the legacy collections under their own names. @param {Db} db @param {readonly string[]} aside */
export async function swapOut(db, aside) {
  for (const name of aside) {
    // One that is not there any more was put back by a run that was interrupted.
    if (!(await exists(db, `${ASIDE}${name}`))) continue;
    await db.renameCollection(`${ASIDE}${name}`, name, { dropTarget: true });
  }
  for (const name of Object.values(OWN_NAMES)) {
    if (!aside.includes(name)) await db.collection(name).drop();
  }
}

/** The collections that are renamed: what is read, and what lies where this service writes.
 * @param {ReadonlySet<string>} there @param {import('./names.js').LegacyNames} names */
export function renamed(there, names) {
  const wanted = PARTS.flatMap((part) => [names[part], OWN_NAMES[part]]);
  const aside = [...new Set(wanted)].filter((name) => there.has(name));
  const taken = aside.find((name) => there.has(`${ASIDE}${name}`));
  if (taken === undefined) return aside;
  throw new Error(`nothing was changed: there is a collection ${ASIDE}${taken} already`);
}

/** The collections with data of somebody's. @param {Db} db */
export async function collectionsOf(db) {
  const found = await db.listCollections({ type: 'collection' }).toArray();
  const names = found.map(({ name }) => name);
  return new Set(names.filter((name) => !name.startsWith('system.') && !name.startsWith(STAGED)));
}

/** @param {Db} db @param {string} name */
async function exists(db, name) {
  return db.listCollections({ name }).hasNext();
}
