import { createRoute } from '@hono/zod-openapi';
import type { OperatorAction } from '../../contract/order.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import type { ChangeDeps } from '../orders/change-order.ts';
import { CancelOrder, type ChangeStatus, ChangeStatus as Status } from '../schemas/actions.ts';
import { Address } from '../schemas/orders.ts';
import { IfMatch, OrderId } from '../schemas/parameters.ts';
import {
  answerChange,
  body,
  CHANGE_REFUSALS,
  changeResponses,
  newRoutes,
  optionalBody,
  refusing,
  security,
} from './route-parts.ts';

const cancelOrder = createRoute({
  method: 'post',
  path: '/api/orders/{id}/cancel',
  operationId: 'cancelOrder',
  tags: ['Orders'],
  summary: 'Cancel an order that is not shipped',
  description: 'What was paid is refunded; a payment under way ends first.',
  security,
  request: { params: OrderId, headers: IfMatch, body: optionalBody(CancelOrder) },
  responses: changeResponses,
  ...refusing(...CHANGE_REFUSALS),
});

const changeAddress = createRoute({
  method: 'put',
  path: '/api/orders/{id}/shipping-address',
  operationId: 'changeShippingAddress',
  tags: ['Orders'],
  summary: 'Correct the shipping address of an order that is not shipped',
  description: 'Within its country, which the price was made for.',
  security,
  request: { params: OrderId, headers: IfMatch, body: body(Address) },
  responses: changeResponses,
  ...refusing(...CHANGE_REFUSALS, 'country_is_fixed'),
});

const changeStatus = createRoute({
  method: 'patch',
  path: '/api/orders/{id}/status',
  operationId: 'changeOrderStatus',
  tags: ['Administration'],
  summary: 'Mark an order shipped, paid or cancelled (admin)',
  description: 'The same request again is answered in the same way, and changes nothing.',
  security,
  middleware: [adminOnly] as const,
  request: { params: OrderId, headers: IfMatch, body: body(Status) },
  responses: changeResponses,
  ...refusing('forbidden', ...CHANGE_REFUSALS),
});

const actions = {
  ENVIADO: 'markShipped',
  PAGADO: 'confirmPayment',
  CANCELADO: 'cancelOrder',
} as const satisfies Partial<Record<OrderStatus, OperatorAction>>;

export function orderStatusRoutes(deps: ChangeDeps) {
  return newRoutes()
    .openapi(cancelOrder, (context) =>
      answerChange(context, deps, {
        action: 'cancelOrder',
        input: context.req.valid('json'),
      }),
    )
    .openapi(changeAddress, (context) =>
      answerChange(context, deps, {
        action: 'changeAddress',
        input: { shippingAddress: context.req.valid('json') },
      }),
    )
    .openapi(changeStatus, (context) => {
      const { status, ...input }: ChangeStatus = context.req.valid('json');
      return answerChange(context, deps, {
        action: actions[status],
        input,
      });
    });
}
