import { createRoute, z } from '@hono/zod-openapi';
import { adminOnly } from '../middleware/authenticate.ts';
import { type DeliveryDeps, deliver } from '../orders/deliveries.ts';
import { visible } from '../orders/order-access.ts';
import { note } from '../schemas/actions.ts';
import { Accepted, Order } from '../schemas/orders.ts';
import { OrderId } from '../schemas/parameters.ts';
import { answerOrder, json, newRoutes, optionalBody, refusing, security } from './route-parts.ts';

const Delivery = z
  .strictObject({
    deliveredAt: z.iso.datetime({ offset: true }).optional().openapi({
      description: 'When it arrived; now, when left out',
      example: '2026-01-18T09:00:00Z',
    }),
    note,
  })
  .openapi('Delivery', { example: { note: 'told by the carrier' } });

const delivered = createRoute({
  method: 'post',
  path: '/api/admin/orders/{id}/deliveries',
  operationId: 'recordDelivery',
  tags: ['Administration'],
  summary: 'Record that a shipped order has arrived (admin)',
  description:
    'The status stays ENVIADO. The first such fact stands, and a repeat changes nothing.',
  security,
  middleware: adminOnly,
  request: { params: OrderId, body: optionalBody(Delivery) },
  responses: {
    200: json(Order, 'The order as it is now', 'ETag'),
    202: json(Accepted, 'It is being recorded', 'Location', 'Retry-After'),
  },
  ...refusing('forbidden', 'not_found', 'illegal_transition'),
});

export function deliveryRoutes(deps: DeliveryDeps) {
  return newRoutes().openapi(delivered, async (context) => {
    const caller = context.get('caller');
    const order = visible(await deps.store.find(context.req.valid('param').id), caller);
    const { deliveredAt, note } = context.req.valid('json');
    const at = deliveredAt === undefined ? new Date() : new Date(deliveredAt);
    const told = { deliveredAt: at.toISOString(), by: caller.userId, note };
    const now = await deliver(deps, order, told);
    return answerOrder(context, order.orderId, now);
  });
}
