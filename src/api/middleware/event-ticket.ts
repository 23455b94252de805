import { createMiddleware } from 'hono/factory';
import type { EventTickets } from '../streams/event-tickets.ts';
import type { ApiEnv } from './authenticate.ts';

/** Notes whose ticket it is that comes instead of a token; only for the route that it is made for. */
export const eventTicket = (tickets: EventTickets) =>
  createMiddleware<ApiEnv, '/api/orders/:id/events'>(async (context, next) => {
    const ticket = context.req.query('ticket');
    if (ticket !== undefined && context.req.header('Authorization') === undefined) {
      const orderId = context.req.param('id').toLowerCase();
      context.set('caller', await tickets.holderOf(ticket, orderId));
    }
    await next();
  });
