import { z } from '@hono/zod-openapi';
import { MAX_WAIT_SECONDS } from '../http/prefer.ts';
import { identifier } from './orders.ts';

/** Under which name operations share a parameter: openapi/document.ts makes the component. */
export const COMPONENT = 'x-component';

/** Ids are stored in lower case, and the same in upper case (RFC 9562, 4). */
export const OrderId = z.object({
  id: shared('OrderId', z.uuid().toLowerCase().openapi({ description: 'The id of the order' })),
});

/** Whatever an identity provider calls its users, such as `auth0|5f7c`. */
export const UserId = z.object({
  id: shared('UserId', identifier(128).openapi({ description: "The `sub` of the user's tokens" })),
});

export const ProductId = z.object({
  id: shared('ProductId', identifier(128).openapi({ example: 'P-1001' })),
});

export const RefundId = z.object({
  refundId: shared(
    'RefundId',
    z.uuid().toLowerCase().openapi({ description: 'The id of the refund' }),
  ),
});

/** Visible ASCII, as a token of RFC 9110. */
const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters');

export const RefundHeaders = z.object({
  'idempotency-key': shared(
    'RefundKey',
    idempotencyKey.openapi({
      description: 'The same key with the same body gives back once; it is not optional',
      example: 'return-4711',
    }),
  ),
});

export const PlaceOrderHeaders = z.object({
  'idempotency-key': shared(
    'IdempotencyKey',
    idempotencyKey.optional().openapi({
      description:
        'The same key with the same body gives the same order, at any time; with another body it is refused. Without one, each request is an order of its own.',
      example: '5f8f0c1e-basket-17',
    }),
  ),
  prefer: shared(
    'Prefer',
    header(
      `"wait=N" waits up to N seconds (at most ${MAX_WAIT_SECONDS}) for the outcome of the payment; "respond-async" does not wait at all (RFC 7240)`,
      'wait=10',
    ),
  ),
});

export const IfMatch = z.object({
  'if-match': shared(
    'IfMatch',
    header(
      'Changes the order only in this version: else 412. What is done already is 200 in any case',
      '"2"',
    ),
  ),
});

export const IfNoneMatch = z.object({
  'if-none-match': shared(
    'IfNoneMatch',
    header('The ETag of what the client has: 304 if it is unchanged', '"2"'),
  ),
});

export const LastEventId = z.object({
  'last-event-id': shared(
    'LastEventId',
    z
      .string()
      .regex(/^\d{1,9}$/, 'must be the id of an event')
      .optional()
      .openapi({ description: 'Only what came after this event; clients send it by themselves' }),
  ),
});

function header(description: string, example: string) {
  return z.string().max(1_000).optional().openapi({ description, example });
}

function shared<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  return schema.openapi({ param: { [COMPONENT]: name } });
}
