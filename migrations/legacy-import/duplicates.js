import { Unconvertible } from './values.js';

/** @typedef {import('mongoose').mongo.Db} Db */
/** @typedef {import('./convert.js').WholeOrder} WholeOrder */
/** @typedef {Record<string, any>} Doc */

/** @param {string} field */
const asText = (field) => ({
  $convert: { input: `$${field}`, to: 'string', onError: null, onNull: null },
});

/**
 * What has to be unique here, and need not have been in the legacy service, which may also have ids
 * that differ in case only. `key` and `id` are the same value, read here and in MongoDB.
 *
 * @type {{ part: 'orders' | 'payments'; what: string; key: (document: Doc) => unknown; id: object }[]}
 */
const UNIQUE = [
  {
    part: 'orders',
    what: 'uuid',
    key: ({ uuid }) => String(uuid).toLowerCase(),
    id: { $toLower: asText('uuid') },
  },
  {
    part: 'orders',
    what: 'orderNumber',
    key: ({ orderNumber }) => orderNumber,
    id: asText('orderNumber'),
  },
  {
    part: 'orders',
    what: 'user and idempotencyKey',
    key: ({ userId, idempotencyKey }) => idempotencyKey && `${userId} ${idempotencyKey}`,
    id: {
      $cond: [
        { $in: [{ $ifNull: ['$idempotencyKey', ''] }, ['']] },
        null,
        { $concat: [asText('userId'), ' ', asText('idempotencyKey')] },
      ],
    },
  },
  {
    part: 'payments',
    what: 'idempotencyKey',
    key: ({ idempotencyKey }) => idempotencyKey,
    id: asText('idempotencyKey'),
  },
];

/** @param {Db} db @param {import('./names.js').LegacyNames} names */
export async function findDuplicates(db, names) {
  const all = await Promise.all(
    UNIQUE.map(async (unique) => ({
      ...unique,
      counts: await countsOf(db.collection(names[unique.part]), unique.id),
    })),
  );
  return {
    /** Throws Unconvertible when a value of the order, or of its payments, is used twice.
     * @param {WholeOrder} whole */
    assertNone({ order, payments }) {
      for (const { part, what, key, counts } of all) {
        if (counts.size === 0) continue;
        for (const document of part === 'orders' ? [order] : payments) {
          const value = String(key(document));
          const count = counts.get(value);
          if (count === undefined) continue;
          throw new Unconvertible(`${count} ${part} have the ${what} ${value}`);
        }
      }
    },
  };
}

/** @param {import('mongoose').mongo.Collection} collection @param {object} id */
async function countsOf(collection, id) {
  const duplicates = collection.aggregate(
    [
      { $group: { _id: id, n: { $sum: 1 } } },
      { $match: { n: { $gt: 1 }, _id: { $nin: [null, ''] } } },
    ],
    { allowDiskUse: true },
  );
  return new Map((await duplicates.toArray()).map(({ _id, n }) => [String(_id), Number(n)]));
}
