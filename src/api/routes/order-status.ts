import { createRoute } from '@hono/zod-openapi';
import type { OperatorAction } from '../../contract/order.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import type { ChangeDeps } from '../orders/change-order.ts';
import { CancelOrder, type ChangeStatus, ChangeStatus as Status } from '../schemas/actions.ts';
import { IfMatch } from '../schemas/headers.ts';
import { OrderId } from '../schemas/orders.ts';
import {
  answerChange,
  body,
  changeResponses,
  newRoutes,
  optionalBody,
  refused,
  security,
} from './route-parts.ts';

const cancelOrder = createRoute({
  method: 'post',
  path: '/api/orders/{id}/cancel',
  summary: 'Cancel an order that is not shipped',
  description: 'What was paid is refunded; a payment under way ends first.',
  security,
  request: { params: OrderId, headers: IfMatch, body: optionalBody(CancelOrder) },
  responses: { ...changeResponses, 404: refused('No such order of yours') },
});

const changeStatus = createRoute({
  method: 'patch',
  path: '/api/orders/{id}/status',
  summary: 'Mark an order shipped, paid or cancelled (admin)',
  security,
  middleware: [adminOnly] as const,
  request: { params: OrderId, headers: IfMatch, body: body(Status) },
  responses: { ...changeResponses, 403: refused('Only for admins') },
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
    .openapi(changeStatus, (context) => {
      const { status, ...input }: ChangeStatus = context.req.valid('json');
      return answerChange(context, deps, {
        action: actions[status],
        input,
      });
    });
}
