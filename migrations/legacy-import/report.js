import { MONGOOSE_NAMES } from './names.js';

/** @typedef {import('./names.js').LegacySettings} LegacySettings */
/** @typedef {{ collection: string; found: number; taken: number; left: number; remark?: string }} Count */
/** @typedef {import('./left.js').Left} Left */

const SHOWN = 20;
export const NOT_READ = 'is not read';
const VARIABLES = {
  orders: 'LEGACY_ORDERS_COLLECTION',
  items: 'LEGACY_ITEMS_COLLECTION',
  history: 'LEGACY_HISTORY_COLLECTION',
  payments: 'LEGACY_PAYMENTS_COLLECTION',
  outbox: 'LEGACY_OUTBOX_COLLECTION',
};

/** What was found, taken and left in every collection, as lines of a table. @param {readonly Count[]} counts */
export function tableOf(counts) {
  const rows = [
    ['collection', 'found', 'taken', 'left', ''],
    ...counts.map(({ collection, found, taken, left, remark = '' }) => [
      collection,
      ...[found, taken, left].map(String),
      remark,
    ]),
  ];
  const width = (/** @type {number} */ column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2, 3].map(width);
  return rows.map(([name = '', found = '', taken = '', left = '', remark = '']) =>
    [
      name.padEnd(widths[0] ?? 0),
      ...[found, taken, left].map((text, index) => text.padStart(widths[index + 1] ?? 0)),
      remark,
    ]
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Throws when more stays behind than was allowed.
 *
 * @param {readonly Count[]} counts
 * @param {readonly Left[]} left
 * @param {LegacySettings} settings
 */
export function assertNothingLost(counts, left, { leave }) {
  const lost = counts.filter((count) => count.left > (leave.get(count.collection) ?? 0));
  if (lost.length === 0) return;
  const setting = counts
    .filter((count) => count.left > 0)
    .map((count) => `${count.collection}:${count.left}`)
    .join(',');
  const unread = lost.filter(({ remark }) => remark === NOT_READ);
  throw new Error(
    [
      'nothing was changed: documents would be left behind.',
      ...tableOf(counts),
      ...lost.flatMap(({ collection }) =>
        reasons(left.filter((one) => one.collection === collection)),
      ),
      ...unread.map(
        ({ collection }) =>
          `${collection} is not read. If it belongs to the orders, name it: ${Object.values(VARIABLES).join(', ')}`,
      ),
      `Correct them where they are and migrate again, or say that they may stay behind:`,
      `  LEGACY_LEAVE_BEHIND=${setting}`,
    ].join('\n'),
  );
}

/** @param {readonly Left[]} left */
function reasons(left) {
  const lines = left
    .slice(0, SHOWN)
    .map(({ collection, id, reason }) => `${collection} ${id}: ${reason}`);
  return [...lines, ...(left.length > SHOWN ? [`and ${left.length - SHOWN} more of these`] : [])];
}

/** Throws when a collection that was named does not exist.
 * @param {ReadonlySet<string>} there @param {import('./names.js').LegacyNames} names */
export function assertNamed(there, names) {
  for (const part of /** @type {(keyof typeof VARIABLES)[]} */ (Object.keys(VARIABLES))) {
    const name = names[part];
    if (name === MONGOOSE_NAMES[part] || there.has(name)) continue;
    throw new Error(
      `nothing was changed: ${VARIABLES[part]} is ${name}, and there is no such collection`,
    );
  }
}
