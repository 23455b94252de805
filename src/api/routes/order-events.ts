import { createRoute, z } from '@hono/zod-openapi';
import { isFinal, orderStatuses } from '../../domain/order-status.ts';
import type { OrderChanges, OrderInView, StatusChange } from '../../store/order-changes.ts';
import { turns } from '../http/concurrency-limit.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { visible } from '../orders/order-access.ts';
import { headersOf } from '../schemas/headers.ts';
import { LastEventId, OrderId } from '../schemas/parameters.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import type { EventTickets } from '../streams/event-tickets.ts';
import { json, newRoutes, refusing, security } from './route-parts.ts';

interface Deps {
  changes: OrderChanges;
  streams: EventStreams;
  tickets: EventTickets;
}

/** What is in the `data` of an event, as JSON. */
const StatusChanged = z
  .object({
    orderId: z.uuid(),
    status: z.enum(orderStatuses),
    version: z.int().openapi({ description: 'Of the order from then on' }),
    at: z.iso.datetime(),
  })
  .openapi('StatusChanged', { description: 'The `data` of an event of a followed order' });

/** Text, for what reads a document and knows nothing of event streams. */
const eventStream = {
  type: 'string',
  description: 'Events with `id`, the version; `event`, which is `status`; and `data`, in JSON',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: '#/components/schemas/StatusChanged' },
  example:
    'id: 1\nevent: status\ndata: {"orderId":"6a0f5f3e-3c1b-4e7a-9c52-1d9a4f0b7e21","status":"CREADO","version":1,"at":"2026-01-31T10:00:00.000Z"}\n\n',
} as const;

const orderEvents = createRoute({
  method: 'get',
  path: '/api/orders/{id}/events',
  operationId: 'followOrder',
  tags: ['Orders'],
  summary: 'Follow an order',
  description:
    'Server-sent events, one for each status the order comes into, from the first; the id is the ' +
    'version. The stream ends when the order is final, and 204 tells a client that reconnects ' +
    'that nothing more will happen.',
  security: [...security, { ticket: [] }],
  request: { params: OrderId, headers: LastEventId },
  responses: {
    200: {
      description: 'The events',
      headers: headersOf(['Cache-Control']),
      content: {
        'text/event-stream': { schema: eventStream },
      },
    },
    204: { description: 'The order is final, and the last event was sent before' },
  },
  ...refusing('not_found'),
});

const EventTicket = z
  .object({ ticket: z.string(), expiresAt: z.iso.datetime() })
  .openapi('EventTicket', {
    example: {
      ticket: '0FKf7nCzcrp0tUoKTQaLTbqoLJkDoFhC0KzgJeK9dTQ',
      expiresAt: '2026-01-31T10:01:00.000Z',
    },
  });

const issueTicket = createRoute({
  method: 'post',
  path: '/api/orders/{id}/events/ticket',
  operationId: 'createEventTicket',
  tags: ['Orders'],
  summary: 'Get a ticket to follow an order',
  description:
    'For EventSource in browsers, which can send no token: it opens the events of this order, as the ' +
    'query parameter `ticket`, and nothing else.',
  security,
  request: { params: OrderId },
  responses: { 201: json(EventTicket, 'The ticket', 'Cache-Control') },
  ...refusing('not_found'),
});

const STREAM = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

export function orderEventRoutes({ changes, streams, tickets }: Deps) {
  const inTurn = turns(16, 30_000);
  const routes = newRoutes();
  routes.openAPIRegistry.register('StatusChanged', StatusChanged);

  routes.openapi(orderEvents, async (context) => {
    const { id } = context.req.valid('param');
    const caller = context.get('caller');
    const version = Number(context.req.valid('header')['last-event-id'] ?? 0);
    // Answered like a GET, with nothing open behind it.
    const isHead = context.req.method === 'HEAD';
    const body = await inTurn(async () => {
      const order = visible(await changes.look(id), caller);
      if (isHead) return null;
      const isOver = isFinal(order.status) && (await changes.since(id, version)).length === 0;
      return isOver ? undefined : follow(order, version, caller);
    });
    if (body === undefined) return context.body(null, 204);
    return body === null ? context.body(null, 200, STREAM) : context.body(body, 200, STREAM);
  });

  routes.openapi(issueTicket, async (context) => {
    const caller = context.get('caller');
    const { orderId } = visible(await changes.look(context.req.valid('param').id), caller);
    const { ticket, expiresAt } = await tickets.issue(orderId, caller);
    const answer = { ticket, expiresAt: expiresAt.toISOString() };
    return context.json(answer, 201, { 'Cache-Control': 'no-store' });
  });

  return routes;

  async function follow(order: OrderInView, version: number, { userId, expiresAt }: Caller) {
    let leave = () => {};
    const stream = streams.open({ userId, expiresAt, onEnd: () => leave() });
    const change = (made: StatusChange) => {
      stream.send({ id: `${made.version}`, event: 'status', data: made });
      if (isFinal(made.status)) stream.end();
    };
    try {
      leave = await changes.subscribe(order, version, { change, lost: () => stream.end() });
    } catch (error) {
      stream.end();
      throw error;
    }
    if (!stream.isOpen) leave();
    return stream.body;
  }
}
