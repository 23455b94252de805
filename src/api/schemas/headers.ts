import { z } from '@hono/zod-openapi';
import { MAX_WAIT_SECONDS } from '../http/prefer.ts';

const header = (description: string, example: string, max = 1_000) =>
  z.string().max(max).optional().openapi({ description, example });

export const PlaceOrderHeaders = z.object({
  /** Visible ASCII, as a token of RFC 9110. */
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .openapi({
      description:
        'The same key with the same body gives the same order, at any time; with another body it is refused. Without one, each request is an order of its own.',
      example: '5f8f0c1e-basket-17',
    }),
  prefer: header(
    `"wait=N" waits up to N seconds (at most ${MAX_WAIT_SECONDS}) for the outcome of the payment; "respond-async" does not wait at all (RFC 7240)`,
    'wait=10',
  ),
});

export const IfMatch = z.object({
  'if-match': header(
    'Changes the order only in this version: else 412. What is done already is 200 in any case',
    '"2"',
  ),
});

export const IfNoneMatch = z.object({
  'if-none-match': header('The ETag of what the client has: 304 if it is unchanged', '"2"'),
});

const described = (description: string, example: string) =>
  z.string().openapi({ description, example });

export const RetryAfter = z.object({ 'Retry-After': described('In seconds', '2') });

export const Versioned = z.object({
  ETag: described('The version and how it is shown, in quotes', '"2.kQ3xN9dA"'),
});

const Location = described(
  'Where the order is',
  '/api/orders/6a0f5f3e-3c1b-4e7a-9c52-1d9a4f0b7e21',
);

export const AcceptedHeaders = RetryAfter.extend({ Location });

export const PlacedHeaders = Versioned.extend({
  Location,
  'Idempotent-Replayed': z.literal('true').optional().openapi({
    description: 'An earlier request with the same key placed the order',
  }),
  'Preference-Applied': described('What of Prefer was done', 'wait=10').optional(),
});

export const PageHeaders = z.object({
  Link: described(
    'The next page, if there is one',
    '</api/orders?cursor=W10>; rel="next"',
  ).optional(),
});
