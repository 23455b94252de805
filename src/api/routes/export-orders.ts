import { createRoute } from '@hono/zod-openapi';
import type { ListPosition, OrderFilter, OrderQueries } from '../../store/order-queries.ts';
import { adminOnly } from '../middleware/authenticate.ts';
import { orderView } from '../orders/order-view.ts';
import { headersOf } from '../schemas/headers.ts';
import { ExportOrders } from '../schemas/reads.ts';
import { newRoutes, refusing, security } from './route-parts.ts';

const PAGE = 200;

/** Text, for what reads a document and knows nothing of lines of JSON. */
const lines = {
  type: 'string',
  description: 'An order in JSON on each line',
  contentMediaType: 'application/x-ndjson',
  contentSchema: { $ref: '#/components/schemas/Order' },
} as const;

const exportOrders = createRoute({
  method: 'get',
  path: '/api/admin/orders/export',
  operationId: 'exportOrders',
  tags: ['Administration'],
  summary: 'Export orders, newest first (admin)',
  description:
    'All that fit, however many there are, as newline-delimited JSON. Read until the end: an export ' +
    'that fails on the way is cut off, and what was placed before the last line is got with `to`.',
  security,
  middleware: adminOnly,
  request: { query: ExportOrders },
  responses: {
    200: {
      description: 'The orders',
      headers: headersOf(['Cache-Control']),
      content: { 'application/x-ndjson': { schema: lines } },
    },
  },
  ...refusing('forbidden'),
});

const HEADERS = {
  'Content-Type': 'application/x-ndjson',
  'Cache-Control': 'no-store',
};

export function exportRoutes({ store }: { store: OrderQueries }) {
  return newRoutes().openapi(exportOrders, async (context) => {
    const { signal } = context.req.raw;
    // Answered like a GET, with nothing read for it.
    const isHead = context.req.method === 'HEAD';
    const body = isHead ? null : linesOf(store, context.req.valid('query'), signal);
    // The types of routes know answers in JSON and in text alone.
    return new Response(body, { status: 200, headers: HEADERS }) as never;
  });
}

/** Reads the next page when the one before is taken: a slow reader holds two pages at most. */
function linesOf(store: OrderQueries, filter: OrderFilter, signal: AbortSignal) {
  const pages = pagesOf(store, filter);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pages.next();
      if (done || signal.aborted) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
    async cancel() {
      await pages.return();
    },
  });
}

async function* pagesOf(store: OrderQueries, filter: OrderFilter): AsyncGenerator<string, void> {
  let after: ListPosition | undefined;
  do {
    const heads = await store.list(filter, PAGE, after);
    const orders = await store.findAll(heads.map(({ orderId }) => orderId));
    const found = new Map(orders.map((order) => [order.orderId, order]));
    const page = heads.flatMap(({ orderId }) => found.get(orderId) ?? []);
    if (page.length > 0) {
      yield page.map((order) => `${JSON.stringify(orderView(order, 'admin'))}\n`).join('');
    }
    after = heads.length === PAGE ? heads.at(-1) : undefined;
  } while (after !== undefined);
}
