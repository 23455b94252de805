import { createRoute } from '@hono/zod-openapi';
import type { OrderInput, OrderPolicy } from '../../contract/order.ts';
import type { PricingSettings } from '../../domain/pricing/price-order.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { etagOf } from '../http/etag.ts';
import { readPreferences } from '../http/prefer.ts';
import { publicLink } from '../http/public-link.ts';
import { Admission } from '../orders/admission.ts';
import { orderIdFor } from '../orders/order-id.ts';
import { audienceOf, orderView } from '../orders/order-view.ts';
import type { OrderWorkflows } from '../orders/order-workflows.ts';
import { placeOrder } from '../orders/place-order.ts';
import type { PlacementLimits } from '../orders/placement-limits.ts';
import { hashOf } from '../orders/request-hash.ts';
import { Accepted, Order, PlaceOrder } from '../schemas/orders.ts';
import { PlaceOrderHeaders } from '../schemas/parameters.ts';
import { body, json, newRoutes, refusing, security } from './route-parts.ts';

interface Deps {
  workflows: OrderWorkflows;
  store: OrderQueries;
  policy: OrderPolicy;
  pricing: PricingSettings;
  config: PlacementLimits;
}

const PLACED_HEADERS = ['Location', 'Idempotent-Replayed', 'Preference-Applied'] as const;

const place = createRoute({
  method: 'post',
  path: '/api/orders',
  operationId: 'placeOrder',
  tags: ['Orders'],
  summary: 'Place an order',
  description:
    'Recorded, its stock reserved, and charged once. A repeat with the same `Idempotency-Key` is answered in the same way.',
  security,
  request: { headers: PlaceOrderHeaders, body: body(PlaceOrder) },
  responses: {
    201: json(Order, 'The order is recorded and its stock is reserved', 'ETag', ...PLACED_HEADERS),
    202: json(
      Accepted,
      'The order is taken; look at Location for how it goes on',
      'Retry-After',
      ...PLACED_HEADERS,
    ),
  },
  ...refusing(
    'user_not_allowed',
    'illegal_transition',
    'insufficient_stock',
    'price_changed',
    'request_in_progress',
    'order_cancelled',
    'country_not_supported',
    'currency_not_supported',
    'idempotency_key_reused',
    'nothing_to_pay',
    'not_storable',
    'payment_expired',
    'payment_declined',
    'product_unavailable',
    'review_expired',
    'too_many_open_orders',
    'too_many_declines',
    'inventory_unavailable',
  ),
});

export function placeOrderRoute({ workflows, store, policy, pricing, config }: Deps) {
  const admission = new Admission(config.PLACEMENTS_IN_FLIGHT);
  return newRoutes().openapi(place, async (context) => {
    const headers = context.req.valid('header');
    const preferences = readPreferences(headers.prefer);
    const key = headers['idempotency-key'];
    const { userId } = context.get('caller');
    const input = toInput(context.req.valid('json'), userId, key, { policy, pricing });

    const { order, isRepeat } = await placeOrder(
      { workflows, store, limits: config, admission },
      input,
      preferences,
    );
    const { orderId } = input;
    context.header('Location', publicLink(context, `/api/orders/${orderId}`));
    if (isRepeat) context.header('Idempotent-Replayed', 'true');
    if (preferences.applied) context.header('Preference-Applied', preferences.applied);
    if (order !== undefined)
      return context.json(orderView(order, audienceOf(context.get('caller'))), 201, {
        ETag: etagOf(order),
      });
    return context.json({ orderId, status: 'accepted' as const }, 202, { 'Retry-After': '2' });
  });
}

function toInput(
  order: PlaceOrder,
  userId: string,
  key: string | undefined,
  settings: Pick<Deps, 'policy' | 'pricing'>,
): OrderInput {
  return {
    ...order,
    billingAddress: order.billingAddress ?? order.shippingAddress,
    orderId: orderIdFor(userId, key),
    userId,
    idempotencyKey: key,
    requestHash: hashOf(order),
    ...settings,
  };
}
