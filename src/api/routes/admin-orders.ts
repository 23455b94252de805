import { createRoute } from '@hono/zod-openapi';
import type { OperatorAction } from '../../contract/order.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import { type AdminRoute, apiActions } from '../orders/api-actions.ts';
import type { ChangeDeps } from '../orders/change-order.ts';
import { StuckList } from '../orders/stuck-list.ts';
import {
  ListStuck,
  RetriedStuck,
  RetryingStuck,
  RetryStuck,
  StuckOrders,
} from '../schemas/actions.ts';
import { IfMatch, OrderId } from '../schemas/parameters.ts';
import {
  answerChange,
  body,
  CHANGE_REFUSALS,
  changeResponses,
  json,
  newRoutes,
  nextPage,
  optionalBody,
  refusing,
  security,
} from './route-parts.ts';

const admin = { security, middleware: adminOnly, tags: ['Administration'] };

const listStuck = createRoute({
  ...admin,
  method: 'get',
  path: '/api/admin/orders/stuck',
  operationId: 'listStuckOrders',
  summary: 'List what needs a person (admin)',
  description: 'From the index that the Web UI searches; it may lag behind by a second or two.',
  request: { query: ListStuck },
  responses: { 200: json(StuckOrders, 'A page of what is stuck', 'Link') },
  ...refusing('forbidden'),
});

const retryStuck = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/stuck/retry',
  operationId: 'retryStuckOrders',
  summary: 'Retry all stuck orders, or some (admin)',
  description:
    'All that fit are told to try again, however many there are: a few first, then more as it helps. It suspends itself when it does not; asked again, it goes on.',
  request: { body: optionalBody(RetryStuck) },
  responses: {
    200: json(RetriedStuck, 'What became of them'),
    202: json(
      RetryingStuck,
      'It is being done; the list of stuck orders says what is left',
      'Retry-After',
    ),
  },
  ...refusing('forbidden'),
});

export function adminOrderRoutes(deps: ChangeDeps) {
  const stuck = new StuckList(deps.workflows);
  const routes = newRoutes()
    .openapi(listStuck, async (context) => {
      const { limit, cursor, ...filter } = context.req.valid('query');
      const { orders, ...page } = await stuck.page(filter, limit, cursor);
      const shown = orders.map((order) => ({ ...order, since: order.since.toISOString() }));
      const headers = nextPage(context, page.nextCursor);
      return context.json({ orders: shown, ...page }, 200, headers);
    })
    .openapi(retryStuck, async (context) => {
      const { note, perSecond, ...filter } = context.req.valid('json');
      const by = context.get('caller').userId;
      const { outcome, matched, url } = await stuck.retry(filter, {
        ...{ by, ...(note && { note }), ...(perSecond && { perSecond }) },
      });
      if (outcome !== undefined)
        return context.json({ state: 'done' as const, ...outcome, url }, 200);
      const underWay = { state: 'under_way' as const, matched, url };
      return context.json(underWay, 202, { 'Retry-After': '10' });
    });
  for (const action of Object.keys(apiActions) as OperatorAction[]) {
    const { route } = apiActions[action];
    if (route !== undefined) offer(routes, deps, action, route);
  }
  return routes;
}

function offer(
  routes: ReturnType<typeof newRoutes>,
  deps: ChangeDeps,
  action: OperatorAction,
  { path, body: schema, isBodyOptional, ...texts }: AdminRoute,
): void {
  const route = createRoute({
    ...admin,
    ...texts,
    method: 'post',
    path: `/api/admin/orders/{id}/${path}`,
    request: {
      ...{ params: OrderId, headers: IfMatch },
      body: isBodyOptional ? optionalBody(schema) : body(schema),
    },
    responses: changeResponses,
    ...refusing('forbidden', ...CHANGE_REFUSALS),
  });
  routes.openapi(route, (context) =>
    answerChange(context, deps, { action, input: context.req.valid('json') }),
  );
}
