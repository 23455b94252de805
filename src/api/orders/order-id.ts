import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';

const NAMESPACE = '6f1e6a0e-5b0f-5c58-9d1c-3b0a2f6a9a51';

/** The id of an order: made from user and key, so that a repeated request finds its own order. */
export function orderIdFor(userId: string, idempotencyKey: string | undefined): string {
  return idempotencyKey === undefined
    ? randomUUID()
    : uuidv5(`${userId}\n${idempotencyKey}`, NAMESPACE);
}
