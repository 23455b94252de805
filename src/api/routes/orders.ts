import { createHash } from 'node:crypto';
import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import type { OrderInput, OrderPolicy } from '../../contract.ts';
import type { PricingSettings } from '../../domain/pricing.ts';
import type { StoredOrder } from '../../domain/records.ts';
import type { OrderStore } from '../../store/order-store.ts';
import { type ApiEnv, adminOnly, type Caller } from '../auth.ts';
import { orderIdFor } from '../order-id.ts';
import type { OrderWorkflows } from '../order-workflows.ts';
import { invalid, Problem } from '../problem.ts';
import { etagOf, representOrder } from '../representation.ts';
import {
  Accepted,
  ChangeStatus,
  Order,
  OrderId,
  PlaceOrder,
  PlaceOrderHeaders,
  ProblemDocument,
} from '../schemas.ts';

interface Deps {
  workflows: OrderWorkflows;
  store: OrderStore;
  policy: OrderPolicy;
  pricing: PricingSettings;
}

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});
const security = [{ bearer: [] }];
const always = {
  400: refused('The request is not valid'),
  401: refused('No valid token'),
  503: refused('Not available for a moment; see Retry-After'),
};

const placeOrder = createRoute({
  method: 'post',
  path: '/api/orders',
  summary: 'Place an order',
  security,
  request: {
    headers: PlaceOrderHeaders,
    body: { content: { 'application/json': { schema: PlaceOrder } }, required: true },
  },
  responses: {
    ...always,
    201: json(Order, 'The order is recorded and its stock is reserved'),
    202: json(Accepted, 'The order is taken; look at Location for how it goes on'),
    403: refused('The user may not place orders'),
    409: refused('Not enough stock, or the price changed'),
    413: refused('The body is too large'),
    415: refused('The body is not JSON'),
    422: refused('Products, currency or key cannot be accepted'),
  },
});

const getOrder = createRoute({
  method: 'get',
  path: '/api/orders/{id}',
  summary: 'Look at an order',
  security,
  request: { params: OrderId },
  responses: { ...always, 200: json(Order, 'The order'), 404: refused('No such order of yours') },
});

const changeStatus = createRoute({
  method: 'patch',
  path: '/api/orders/{id}/status',
  summary: 'Mark an order shipped (admin)',
  security,
  middleware: [adminOnly] as const,
  request: {
    params: OrderId,
    body: { content: { 'application/json': { schema: ChangeStatus } }, required: true },
  },
  responses: {
    ...always,
    200: json(Order, 'The order as it is now'),
    403: refused('Only for admins'),
    404: refused('No such order'),
    409: refused('The order is not in a state that allows this'),
    413: refused('The body is too large'),
    415: refused('The body is not JSON'),
  },
});

export function orderRoutes({ workflows, store, policy, pricing }: Deps) {
  const routes = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error);
    },
  });

  routes.openapi(placeOrder, async (context) => {
    const { userId } = context.get('caller');
    const key = context.req.valid('header')['idempotency-key'];
    const input = toInput(context.req.valid('json'), userId, key, { policy, pricing });
    const location = `/api/orders/${input.orderId}`;

    const outcome = await workflows.place(input, key ?? input.orderId);
    const order = outcome === 'placed' ? await store.find(input.orderId) : undefined;
    if (order === undefined) {
      const headers = { Location: location, 'Retry-After': '2' };
      return context.json({ orderId: input.orderId, status: 'accepted' as const }, 202, headers);
    }
    if (order.requestHash !== input.requestHash) throw new Problem('idempotency_key_reused');
    return context.json(representOrder(order), 201, { Location: location, ETag: etagOf(order) });
  });

  routes.openapi(getOrder, async (context) => {
    const order = await visibleOrder(context.req.valid('param').id, context.get('caller'));
    return context.json(representOrder(order), 200, { ETag: etagOf(order) });
  });

  routes.openapi(changeStatus, async (context) => {
    const { id } = context.req.valid('param');
    const caller = context.get('caller');
    const { status, ...shipment } = context.req.valid('json');
    await visibleOrder(id, caller);
    await workflows.act(id, 'markShipped', { by: caller.userId, ...shipment });
    const order = await visibleOrder(id, caller);
    return context.json(representOrder(order), 200, { ETag: etagOf(order) });
  });

  return routes;

  /** Another user's order is as unknown as one that does not exist. */
  async function visibleOrder(orderId: string, caller: Caller): Promise<StoredOrder> {
    const order = await store.find(orderId);
    if (order === undefined || !(caller.isAdmin || order.userId === caller.userId)) {
      throw new Problem('not_found');
    }
    return order;
  }
}

function toInput(
  body: PlaceOrder,
  userId: string,
  key: string | undefined,
  settings: Pick<Deps, 'policy' | 'pricing'>,
): OrderInput {
  return {
    ...body,
    billingAddress: body.billingAddress ?? body.shippingAddress,
    orderId: orderIdFor(userId, key),
    userId,
    idempotencyKey: key,
    requestHash: createHash('sha256').update(JSON.stringify(body)).digest('base64url'),
    ...settings,
  };
}
