import { z } from 'zod';
import {
  ASIDE,
  type LegacySettings,
  MONGOOSE_NAMES,
  STAGED,
} from '../../migrations/legacy-import/names.js';

export type { LegacySettings };

const taken = ['migrations', 'migrations_lock', 'legacyimport', 'reconciler'];
const collection = z
  .string()
  .refine(
    (name) =>
      /^[A-Za-z_][\w.-]{0,99}$/.test(name) &&
      !/^system\./.test(name) &&
      !name.startsWith(ASIDE) &&
      !name.startsWith(STAGED) &&
      !taken.includes(name),
    {
      error: `must be the name of a collection, not ${ASIDE}..., ${STAGED}..., ${taken.join(', ')}`,
    },
  );

const leave = z
  .string()
  .regex(/^[^\s,:]+(:\d+)?(,[^\s,:]+(:\d+)?)*$/, {
    error: 'must be collections, each with how many documents at most, such as orderitems:3,users',
  })
  .transform((text) => {
    const entries = text.split(',').map((entry): [string, number] => {
      const [name = '', most] = entry.split(':');
      return [name, most === undefined ? Number.POSITIVE_INFINITY : Number(most)];
    });
    return new Map(entries);
  });

/** Where a legacy service keeps its orders, and what of it may stay behind. */
export const legacySchema = z
  .object({
    LEGACY_ORDERS_COLLECTION: collection.default(MONGOOSE_NAMES.orders),
    LEGACY_ITEMS_COLLECTION: collection.default(MONGOOSE_NAMES.items),
    LEGACY_HISTORY_COLLECTION: collection.default(MONGOOSE_NAMES.history),
    LEGACY_PAYMENTS_COLLECTION: collection.default(MONGOOSE_NAMES.payments),
    LEGACY_OUTBOX_COLLECTION: collection.default(MONGOOSE_NAMES.outbox),
    LEGACY_LEAVE_BEHIND: leave.optional(),
  })
  .transform((config, context): LegacySettings => {
    const names = {
      orders: config.LEGACY_ORDERS_COLLECTION,
      items: config.LEGACY_ITEMS_COLLECTION,
      history: config.LEGACY_HISTORY_COLLECTION,
      payments: config.LEGACY_PAYMENTS_COLLECTION,
      outbox: config.LEGACY_OUTBOX_COLLECTION,
    };
    if (new Set(Object.values(names)).size < 5) {
      const message = 'must differ from the other LEGACY_..._COLLECTION';
      context.addIssue({ code: 'custom', path: ['LEGACY_ORDERS_COLLECTION'], message });
    }
    return { names, leave: config.LEGACY_LEAVE_BEHIND ?? new Map() };
  });
