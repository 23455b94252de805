import { z } from '@hono/zod-openapi';
import type { ListPosition, OrderFilter } from '../../store/order-queries.ts';
import { hashOf } from '../orders/request-hash.ts';
import { Problem } from '../problems/problem.ts';

const Position = z.tuple([z.int().min(0).max(8.64e15), z.uuid()]);
/** What Temporal's SQL and Elasticsearch stores give: to anything else they have no answer. */
const PageToken = z.base64url().refine((text) => TemporalToken.safeParse(decoded(text)).success);
const TemporalToken = z.union([
  z.strictObject({
    CloseTime: z.iso.datetime({ offset: true }),
    StartTime: z.iso.datetime({ offset: true }),
    RunID: z.uuid(),
  }),
  z.object({ SearchAfter: z.array(z.union([z.string(), z.number(), z.null()])).max(10) }),
]);

/** A place in a list of orders, as an opaque text that goes with the filters of that list only. */
export function cursorOf({ createdAt, orderId }: ListPosition, filter: OrderFilter): string {
  return seal([createdAt.getTime(), orderId] satisfies z.output<typeof Position>, filter);
}

/** Throws Problem for what is no cursor of a list with these filters. */
export function readCursor(text: string, filter: OrderFilter): ListPosition {
  const [createdAt, orderId] = unseal('cursor', text, filter, Position);
  return { createdAt: new Date(createdAt), orderId };
}

/** Temporal's token for the next page of a list, in the same wrapping. */
export function pageTokenOf(token: Uint8Array, filter: object): string {
  return seal(Buffer.from(token).toString('base64url'), filter);
}

/** Throws Problem for what is no token of a list with these filters. */
export function readPageToken(text: string, filter: object): Uint8Array {
  return Buffer.from(unseal('cursor', text, filter, PageToken), 'base64url');
}

function seal(place: unknown, filter: object): string {
  return Buffer.from(JSON.stringify([place, fingerprint(filter)])).toString('base64url');
}

function unseal<Place extends z.ZodType>(
  parameter: string,
  text: string,
  filter: object,
  schema: Place,
): z.output<Place> {
  const refused = (detail: string) =>
    new Problem('validation_failed', undefined, { errors: [{ parameter, detail }] });
  const sealed = z.tuple([schema, z.string()]).safeParse(decoded(text));
  if (!sealed.success) throw refused('is not one that this list gave');
  const [place, of] = sealed.data;
  if (of !== fingerprint(filter)) throw refused('belongs to a list with other filters');
  return place;
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function fingerprint(filter: object): string {
  return hashOf(filter).slice(0, 12);
}
