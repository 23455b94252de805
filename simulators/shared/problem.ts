import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';

/** Every problem code of the four services and the status it is answered with. */
const statusOf = {
  invalid_json: 400,
  invalid_request: 400,
  idempotency_key_required: 400,
  payment_declined: 402,
  not_found: 404,
  user_not_found: 404,
  product_not_found: 404,
  reservation_not_found: 404,
  payment_not_found: 404,
  fault_not_found: 404,
  insufficient_stock: 409,
  reservation_released: 409,
  payment_voided: 409,
  payment_not_pending: 409,
  payment_not_receivable: 409,
  unsupported_media_type: 415,
  refused: 422,
  unknown_product: 422,
  reservation_conflict: 422,
  return_conflict: 422,
  idempotency_key_reused: 422,
  invalid_amount: 422,
  unsupported_currency: 422,
  refund_exceeds_captured: 422,
  unknown_route: 422,
  internal_error: 500,
} as const satisfies Record<string, ContentfulStatusCode>;

export type ProblemCode = keyof typeof statusOf;

/** A definite "no", thrown anywhere below a route and answered as RFC 9457 problem details. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
  })
  .meta({ id: 'Problem' });

/** The response entry of a route definition for a refusal. */
export function problemAnswer(description: string) {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}

export function problemResponse(
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  extra: { members?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Response {
  const title = code.replaceAll('_', ' ');
  const body = { ...extra.members, type: `urn:problem:${code}`, title, status, detail, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...extra.headers, 'content-type': 'application/problem+json' },
  });
}

/** The one error handler: what is not a Problem is a bug and says no more than that. */
export function answerError(error: Error, _c: Context): Response {
  const problem = error instanceof HTTPException ? fromHttp(error) : error;
  if (problem instanceof Problem) {
    const { code, message, members } = problem;
    return problemResponse(statusOf[code], code, message, { members });
  }
  process.stderr.write(`${error.stack ?? error.message}\n`);
  return problemResponse(500, 'internal_error', 'The service failed to handle the request');
}

function fromHttp(error: HTTPException): Problem {
  if (error.status === 415) {
    return new Problem('unsupported_media_type', 'Bodies are application/json');
  }
  return new Problem('invalid_json', error.message || 'The body is not JSON');
}
