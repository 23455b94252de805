import { AsyncLocalStorage } from 'node:async_hooks';
import type { HonoRequest } from 'hono';

/** The X-Request-Id of the request that is served now, for the ledger. */
export const requestIds = new AsyncLocalStorage<string | undefined>();

/** What all simulators need to know of a request before its route sees it. */
export interface Incoming {
  /** Method and decoded path, e.g. `POST /api/payments`. */
  line: string;
  /** The line, and beside it the key that makes the request repeatable, where the path has none. */
  label: string;
  orderId: string | undefined;
  /** Of a request that is about many orders. */
  orderIds: readonly string[];
}

/** Reads order id and key from wherever the route carries them: header, path or body. */
export async function describeRequest(request: HonoRequest): Promise<Incoming> {
  const path = decoded(request.path);
  const line = `${request.method} ${path}`;
  const body = request.method === 'POST' ? await jsonBody(request) : {};
  const key = request.header('idempotency-key') ?? text(body.reservationId) ?? text(body.returnId);
  const keyed = key ?? /\/(?:by-key|reserve)\/([^/]+)/.exec(path)?.[1];
  const orderId = text(body.orderId) ?? (keyed === undefined ? undefined : orderOf(keyed));
  const orderIds = [...texts(body.keys), ...texts(body.reservationIds)].map(orderOf);
  return { line, label: key === undefined ? line : `${line} ${key}`, orderId, orderIds };
}

/** Keys are made from the order id: `{orderId}:charge`. */
export function orderOf(key: string): string {
  return key.split(':', 1)[0] ?? key;
}

async function jsonBody(request: HonoRequest): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await request.json();
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
