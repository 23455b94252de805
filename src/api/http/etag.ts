import { z } from '@hono/zod-openapi';
import type { StoredOrder } from '../../domain/records.ts';
import { hashOf } from '../orders/request-hash.ts';
import { Problem } from '../problems/problem.ts';
import { Order } from '../schemas/orders.ts';
import { OrderHistory } from '../schemas/reads.ts';

type Versioned = Pick<StoredOrder, 'version'>;

/** Changes with what is shown of an order: a release that adds a field has no copy of it elsewhere. */
const REPRESENTATION = hashOf(
  [Order, OrderHistory].map((schema) => z.toJSONSchema(schema, { io: 'output' })),
).slice(0, 8);
const TAG = /^"(\d+)(?:\.[\w-]+)?"$/;

/** The ETag of an order and of its history: its version, and how it is shown. */
export function etagOf({ version }: Versioned): string {
  return `"${version}.${REPRESENTATION}"`;
}

/** The headers of what may be kept, if it is compared each time before it is used. */
export function cacheHeaders(order: Versioned) {
  return { ETag: etagOf(order), 'Cache-Control': 'private, no-cache' };
}

/** Whether the client has it as it is (RFC 9110, 13.1.2): then the answer is 304. */
export function isUnchanged(order: Versioned, ifNoneMatch: string | undefined): boolean {
  return isNamed(etagOf(order), ifNoneMatch);
}

/** Whether If-None-Match names this tag; weak tags of it count as well. */
export function isNamed(tag: string, ifNoneMatch: string | undefined): boolean {
  const tags = tagsIn(ifNoneMatch).map((one) => one.replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(tag);
}

/**
 * The version that a change is meant for, if it is (RFC 9110, 13.1.1). It goes with the change to
 * the workflow, which refuses it when the order has moved on. Throws Problem precondition_failed
 * when it has already.
 */
export function expectedVersion(
  order: Versioned,
  ifMatch: string | undefined,
): { expectedVersion?: string } {
  if (ifMatch === undefined) return {};
  const tags = tagsIn(ifMatch);
  if (tags.includes('*')) return {};
  // The version alone tells whether the order moved on, whichever release made the tag.
  const versions = tags.map((tag) => TAG.exec(tag)?.[1]);
  if (!versions.includes(`${order.version}`)) throw new Problem('precondition_failed');
  return { expectedVersion: `${order.version}` };
}

function tagsIn(header: string | undefined): string[] {
  return (header ?? '').split(',').map((tag) => tag.trim());
}
