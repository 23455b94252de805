/** The headers of answers, each described once: `components.headers` of the OpenAPI document. */
export const headers = {
  Allow: header('The methods that there are', 'GET, HEAD'),
  'Cache-Control': header('How long the answer may be kept', 'private, no-cache'),
  ETag: header('The version and how it is shown, in quotes', '"2.kQ3xN9dA"'),
  'Idempotent-Replayed': {
    description: 'An earlier request with the same key placed the order',
    schema: { type: 'string', enum: ['true'] },
  },
  Link: header('The next page, if there is one', '</api/orders?cursor=W10>; rel="next"'),
  Location: {
    ...header('Where the order is', '/api/orders/6a0f5f3e-3c1b-4e7a-9c52-1d9a4f0b7e21'),
    required: true,
  },
  'Preference-Applied': header('What of Prefer was done', 'wait=10'),
  RateLimit: header(
    'What is left of the budget `r`, and in how many seconds it is full again `t`',
    '"user";r=299;t=60',
  ),
  'RateLimit-Policy': header('How many requests `q` there are in `w` seconds', '"user";q=300;w=60'),
  'Retry-After': {
    description: 'When to ask again, in seconds',
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  'WWW-Authenticate': header(
    'What is wrong with the token (RFC 6750)',
    'Bearer error="invalid_token"',
  ),
  'X-Request-Id': header(
    'The id of this request: the one that it came with, or a new one',
    '0c6ee1b5-6a0f-4f3e-9d1c-3b0a2f6a9a51',
  ),
} as const satisfies Record<string, Header>;

interface Header {
  description: string;
  required?: boolean;
  schema: { type: 'string' | 'integer'; enum?: readonly string[]; minimum?: number };
  example?: string | number;
}

export type HeaderName = keyof typeof headers;

/** References to some of them. */
export function headersOf(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function header(description: string, example: string) {
  return { description, schema: { type: 'string' }, example } as const;
}
