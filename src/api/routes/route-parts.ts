import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context, TypedResponse } from 'hono';
import type { ProblemCode } from '../../domain/problems.ts';
import type { StoredOrder } from '../../domain/records.ts';
import { etagOf } from '../http/etag.ts';
import { publicLink } from '../http/public-link.ts';
import type { ApiEnv } from '../middleware/authenticate.ts';
import { REFUSALS } from '../openapi/problem-responses.ts';
import { type ChangeDeps, changeOrder, type OrderChange } from '../orders/change-order.ts';
import { audienceOf, orderView } from '../orders/order-view.ts';
import { invalid } from '../problems/problem.ts';
import { type HeaderName, headersOf } from '../schemas/headers.ts';
import { Accepted, Order } from '../schemas/orders.ts';

/** An answer in JSON. */
export const json = <Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  ...headers: HeaderName[]
) => ({
  description,
  content: { 'application/json': { schema } },
  headers: headersOf(headers),
});

/** A body in JSON. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true as const,
});

/** A body in JSON that may be left out. */
export const optionalBody = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: false as const,
});

export const security = [{ bearer: [] }];

/** What a route may refuse with, beside what any may: openapi.ts makes the answers from it. */
export const refusing = (...codes: ProblemCode[]) => ({ [REFUSALS]: codes });

/** What every change of an order may be refused with. */
export const CHANGE_REFUSALS = ['not_found', 'illegal_transition', 'precondition_failed'] as const;

/** What a route answers that changes an order. */
export const changeResponses = {
  200: json(Order, 'The order as it is now', 'ETag'),
  202: json(
    Accepted,
    'It is being done: the same request says how it ended',
    'Location',
    'Retry-After',
  ),
};

/** An answer whose JSON is text already, of the schema as whoever calls this knows. */
export function jsonText<Schema extends z.ZodType>(
  context: Context<ApiEnv>,
  text: string,
  headers: Record<string, string> = {},
) {
  const response = context.body(text, 200, { ...headers, 'Content-Type': 'application/json' });
  return response as unknown as Response & TypedResponse<z.output<Schema>, 200, 'json'>;
}

/** Where the next page of a list is, if there is one. */
export function nextPage(
  context: Context<ApiEnv>,
  cursor: string | undefined,
): Record<string, string> {
  if (cursor === undefined) return {};
  const next = new URL(context.req.url);
  next.searchParams.set('cursor', cursor);
  return { Link: `<${publicLink(context, `${next.pathname}${next.search}`)}>; rel="next"` };
}

/** What has been read of a request that changes an order. */
interface ChangeRequest {
  out: { param: { id: string }; header: { 'if-match'?: string | undefined } };
}

/** Changes an order in the caller's name, and answers with it; or that the change is accepted. */
export async function answerChange(
  context: Context<ApiEnv, string, ChangeRequest>,
  deps: ChangeDeps,
  change: Pick<OrderChange, 'action' | 'input'>,
) {
  const orderId = context.req.valid('param').id;
  const ifMatch = context.req.valid('header')['if-match'];
  const caller = context.get('caller');
  const order = await changeOrder(deps, { ...change, orderId, ifMatch, caller });
  return answerOrder(context, orderId, order);
}

/** The order as it is now; while that is not known, that the change is accepted. */
export function answerOrder(
  context: Context<ApiEnv>,
  orderId: string,
  order: StoredOrder | undefined,
) {
  if (order !== undefined) {
    const view = orderView(order, audienceOf(context.get('caller')));
    return context.json(view, 200, { ETag: etagOf(order) });
  }
  const Location = publicLink(context, `/api/orders/${orderId}`);
  const headers = { Location, 'Retry-After': '2' };
  return context.json({ orderId, status: 'accepted' as const }, 202, headers);
}

/** An app for the routes of a resource; what does not fit their schemas is a problem. */
export function newRoutes() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error, result.target);
    },
  });
}
