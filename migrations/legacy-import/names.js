/**
 * The collections of the legacy service. It names them by configuration; the defaults are the names
 * that mongoose derives from the models Order, OrderItem, OrderStatusHistory, Payment and Outbox.
 *
 * @typedef {{ orders: string; items: string; history: string; payments: string; outbox: string }} LegacyNames
 */

/**
 * `leave` has the collections that may keep documents behind, and how many at most.
 * @typedef {{ names: LegacyNames; leave: ReadonlyMap<string, number> }} LegacySettings
 */

/** @type {LegacyNames} */
export const MONGOOSE_NAMES = {
  orders: 'orders',
  items: 'orderitems',
  history: 'orderstatushistories',
  payments: 'payments',
  outbox: 'outboxes',
};

/** @typedef {'orders' | 'items' | 'history' | 'payments'} Part */
/** @type {readonly Part[]} What is imported. The outbox stays where it is, until it is published. */
export const PARTS = ['orders', 'items', 'history', 'payments'];

/** @type {Record<Part, string>} This service's own collections. */
export const OWN_NAMES = {
  orders: 'orders',
  items: 'orderitems',
  history: 'orderstatushistory',
  payments: 'payments',
};

/** The legacy documents lie here, untouched, once they are imported. */
export const ASIDE = 'legacy_';
/** The imported documents are written here, and renamed when all of them are there and right. */
export const STAGED = 'import_';

/** @param {Part} part */
export const staged = (part) => `${STAGED}${OWN_NAMES[part]}`;
