import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { OrderFilter, OrderQueries } from '../../store/order-queries.ts';
import { cursorOf, readCursor } from '../http/cursor.ts';
import { cacheHeaders, isUnchanged } from '../http/etag.ts';
import type { ApiEnv, Caller } from '../middleware/authenticate.ts';
import { accessibleOrder, visible } from '../orders/order-access.ts';
import { OrderJsonCache, type OrderText } from '../orders/order-json-cache.ts';
import { audienceOf, historyView, paymentView } from '../orders/order-view.ts';
import { Problem, problemDocument } from '../problems/problem.ts';
import { headersOf } from '../schemas/headers.ts';
import { IfNoneMatch, OrderId } from '../schemas/parameters.ts';
import { RefusedOrder } from '../schemas/problem.ts';
import {
  ExpandedOrder,
  ExpandOrder,
  ListOrders,
  OrderHistory,
  OrderPage,
  OrderPayments,
} from '../schemas/reads.ts';
import { json, jsonText, newRoutes, nextPage, refusing, security } from './route-parts.ts';

interface Deps {
  store: OrderQueries;
}

const unchanged = {
  304: { description: 'Unchanged', headers: headersOf(['ETag', 'Cache-Control']) },
};

const listOrders = createRoute({
  method: 'get',
  path: '/api/orders',
  operationId: 'listOrders',
  tags: ['Orders'],
  summary: 'List orders, newest first',
  description: 'Their items included, page by page. Users see their own, admins those of all.',
  security,
  request: { query: ListOrders },
  responses: { 200: json(OrderPage, 'A page of your orders; for admins, of all', 'Link') },
  ...refusing('forbidden'),
});

const getOrder = createRoute({
  method: 'get',
  path: '/api/orders/{id}',
  operationId: 'getOrder',
  tags: ['Orders'],
  summary: 'Get an order',
  description: 'As it is now: what is answered is never old.',
  security,
  request: { params: OrderId, query: ExpandOrder, headers: IfNoneMatch },
  responses: {
    ...unchanged,
    200: json(
      z.union([ExpandedOrder, RefusedOrder]),
      'The order; or why there is none, for some days after its placement was refused',
      'ETag',
      'Cache-Control',
    ),
  },
  ...refusing('not_found'),
});

const getHistory = createRoute({
  method: 'get',
  path: '/api/orders/{id}/history',
  operationId: 'getOrderHistory',
  tags: ['Orders'],
  summary: 'Get the history of an order',
  description: 'Each change of its status, and what operators did.',
  security,
  request: { params: OrderId, headers: IfNoneMatch },
  responses: { ...unchanged, 200: json(OrderHistory, 'The history', 'ETag', 'Cache-Control') },
  ...refusing('not_found'),
});

const getPayments = createRoute({
  method: 'get',
  path: '/api/orders/{id}/payments',
  operationId: 'getOrderPayments',
  tags: ['Orders'],
  summary: 'Get the payments of an order',
  description: 'What became of the money.',
  security,
  request: { params: OrderId },
  responses: { 200: json(OrderPayments, 'The payments') },
  ...refusing('not_found'),
});

export function orderRoutes({ store }: Deps) {
  const texts = new OrderJsonCache(store);
  const routes = newRoutes()
    .openapi(listOrders, async (context) => {
      const query = context.req.valid('query');
      const caller = context.get('caller');
      const filter = filterFor(query, caller);
      const after = query.cursor === undefined ? undefined : readCursor(query.cursor, filter);
      const found = await store.list(filter, query.limit + 1, after);
      const page = found.slice(0, query.limit);
      const orders = (await texts.findAll(page, audienceOf(caller)))
        .map(({ text }) => text)
        .join(',');
      const last = page.at(-1);
      if (last === undefined || found.length === page.length) {
        return jsonText<typeof OrderPage>(context, `{"orders":[${orders}]}`);
      }
      const nextCursor = cursorOf(last, filter);
      const text = `{"orders":[${orders}],"nextCursor":${JSON.stringify(nextCursor)}}`;
      return jsonText<typeof OrderPage>(context, text, nextPage(context, nextCursor));
    })
    .openapi(getOrder, async (context) => {
      const { id } = context.req.valid('param');
      const caller = context.get('caller');
      const found = await texts.find(id, audienceOf(caller));
      if (found === undefined) {
        const { code, detail, details } = visible(await store.refusal(id), caller);
        const problem = problemDocument(new Problem(code, detail, details), context);
        const refused = { orderId: id, status: 'refused' as const, problem };
        return context.json(refused, 200, { 'Cache-Control': 'no-store' });
      }
      const order = visible(found, caller);
      const { expand } = context.req.valid('query');
      if (expand !== undefined) return expanded(context, order, expand);
      const headers = cacheHeaders(order);
      const known = context.req.valid('header')['if-none-match'];
      if (isUnchanged(order, known)) return context.body(null, 304, headers);
      return jsonText<typeof ExpandedOrder>(context, order.text, headers);
    })
    .openapi(getHistory, async (context) => {
      const caller = context.get('caller');
      const order = await accessibleOrder(store, context.req.valid('param').id, caller);
      const headers = cacheHeaders(order);
      const known = context.req.valid('header')['if-none-match'];
      if (isUnchanged(order, known)) return context.body(null, 304, headers);
      const history = (await store.history(order)).map((row) =>
        historyView(row, order, audienceOf(caller)),
      );
      return context.json({ orderId: order.orderId, history }, 200, headers);
    })
    .openapi(getPayments, async (context) => {
      const { orderId } = await accessibleOrder(
        store,
        context.req.valid('param').id,
        context.get('caller'),
      );
      const payments = (await store.payments(orderId)).map(paymentView);
      return context.json({ orderId, payments }, 200);
    });
  return routes;

  /** Payments change while the version stays, so nobody may keep it. */
  async function expanded(context: Context<ApiEnv>, order: OrderText, names: readonly string[]) {
    const audience = audienceOf(context.get('caller'));
    const [payments, history] = await Promise.all([
      names.includes('payments') ? store.payments(order.orderId) : undefined,
      names.includes('history') ? store.history(order) : undefined,
    ]);
    const more = {
      ...(payments && { payments: payments.map(paymentView) }),
      ...(history && { history: history.map((row) => historyView(row, order, audience)) }),
    };
    const text = `${order.text.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
    return jsonText<typeof ExpandedOrder>(context, text, { 'Cache-Control': 'no-store' });
  }
}

/** Users list their own orders, admins those of anyone. */
function filterFor(query: ListOrders, caller: Caller): OrderFilter {
  const { userId, status, from, to, orderNumber, transactionId } = query;
  const mine = caller.isAdmin ? undefined : caller.userId;
  if (mine !== undefined && userId !== undefined && userId !== mine) throw new Problem('forbidden');
  return { userId: userId ?? mine, status, from, to, orderNumber, transactionId };
}
