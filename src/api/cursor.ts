import { z } from '@hono/zod-openapi';
import type { ListPosition, OrderFilter } from '../store/order-queries.ts';
import { Problem } from './problem.ts';
import { hashOf } from './request-hash.ts';

const Cursor = z.tuple([z.int().min(0).max(8.64e15), z.uuid(), z.string()]);

/** A place in a list, as an opaque text that goes with the filters of that list only. */
export function cursorOf({ createdAt, orderId }: ListPosition, filter: OrderFilter): string {
  const parts: z.output<typeof Cursor> = [createdAt.getTime(), orderId, fingerprint(filter)];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws Problem for what is no cursor of a list with these filters. */
export function readCursor(text: string, filter: OrderFilter): ListPosition {
  const cursor = Cursor.safeParse(decoded(text));
  if (!cursor.success) throw refused('is not a cursor that this list gave');
  const [createdAt, orderId, of] = cursor.data;
  if (of !== fingerprint(filter)) throw refused('belongs to a list with other filters');
  return { createdAt: new Date(createdAt), orderId };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function fingerprint(filter: OrderFilter): string {
  return hashOf(filter).slice(0, 12);
}

function refused(detail: string): Problem {
  return new Problem('validation_failed', undefined, {
    errors: [{ parameter: 'cursor', detail }],
  });
}
