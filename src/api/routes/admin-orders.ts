import { createRoute } from '@hono/zod-openapi';
import { adminOnly } from '../middleware/authenticate.ts';
import type { ChangeDeps } from '../orders/change-order.ts';
import { StuckList } from '../orders/stuck-list.ts';
import {
  ConfirmPayment,
  ConfirmRefund,
  ListStuck,
  RetriedStuck,
  RetryingStuck,
  RetryOrder,
  RetryStuck,
  StuckOrders,
} from '../schemas/actions.ts';
import { IfMatch, RetryAfter } from '../schemas/headers.ts';
import { OrderId } from '../schemas/orders.ts';
import {
  always,
  answerChange,
  body,
  changeResponses,
  json,
  newRoutes,
  optionalBody,
  refused,
  security,
  withBody,
} from './route-parts.ts';

const admin = { security, middleware: adminOnly };
const forAdmins = { 403: refused('Only for admins') };

const listStuck = createRoute({
  ...admin,
  method: 'get',
  path: '/api/admin/orders/stuck',
  summary: 'List what needs a person (admin)',
  description: 'From the index that the Web UI searches; it may lag behind by a second or two.',
  request: { query: ListStuck },
  responses: { ...always, ...forAdmins, 200: json(StuckOrders, 'A page of what is stuck') },
});

const retryStuck = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/stuck/retry',
  summary: 'Retry all stuck orders, or some (admin)',
  description: 'All that fit are told to try again, however many there are.',
  request: { body: optionalBody(RetryStuck) },
  responses: {
    ...always,
    ...withBody,
    ...forAdmins,
    200: json(RetriedStuck, 'What became of them'),
    202: json(
      RetryingStuck,
      'It is being done; the list of stuck orders says what is left',
      RetryAfter,
    ),
  },
});

const retryOrder = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/{id}/retry',
  summary: 'Retry what is stuck in an order now (admin)',
  request: { params: OrderId, headers: IfMatch, body: optionalBody(RetryOrder) },
  responses: { ...changeResponses, ...forAdmins },
});

const confirmPayment = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/{id}/confirm-payment',
  summary: 'Take evidence from outside for a payment that is unknown or pending (admin)',
  request: { params: OrderId, headers: IfMatch, body: body(ConfirmPayment) },
  responses: { ...changeResponses, ...forAdmins },
});

const confirmRefund = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/{id}/confirm-refund',
  summary: 'Take evidence from outside that the money was given back (admin)',
  description: 'For a cancelled order whose payment is refund_pending until a person gave it back.',
  request: { params: OrderId, headers: IfMatch, body: body(ConfirmRefund) },
  responses: { ...changeResponses, ...forAdmins },
});

export function adminOrderRoutes(deps: ChangeDeps) {
  const stuck = new StuckList(deps.workflows);
  return newRoutes()
    .openapi(listStuck, async (context) => {
      const { limit, pageToken, ...filter } = context.req.valid('query');
      const { orders, ...page } = await stuck.page(filter, limit, pageToken);
      const shown = orders.map((order) => ({ ...order, since: order.since.toISOString() }));
      return context.json({ orders: shown, ...page }, 200);
    })
    .openapi(retryStuck, async (context) => {
      const { note, ...filter } = context.req.valid('json');
      const by = context.get('caller').userId;
      const { outcome, matched, url } = await stuck.retry(filter, { by, note });
      if (outcome !== undefined)
        return context.json({ state: 'done' as const, ...outcome, url }, 200);
      const underWay = { state: 'under_way' as const, matched, url };
      return context.json(underWay, 202, { 'Retry-After': '10' });
    })
    .openapi(retryOrder, (context) =>
      answerChange(context, deps, {
        action: 'retry',
        input: context.req.valid('json'),
      }),
    )
    .openapi(confirmPayment, (context) =>
      answerChange(context, deps, {
        action: 'confirmPayment',
        input: context.req.valid('json'),
      }),
    )
    .openapi(confirmRefund, (context) =>
      answerChange(context, deps, {
        action: 'confirmRefund',
        input: context.req.valid('json'),
      }),
    );
}
