import { createMiddleware } from 'hono/factory';
import { Problem } from '../problems/problem.ts';

/** Refuses what no URL can be made of: the header Host of a request may be anything. */
export const hostCheck = createMiddleware(async (context, next) => {
  if (!URL.canParse(context.req.url)) {
    const errors = [{ header: 'Host', detail: 'must be a host name' }];
    throw new Problem('validation_failed', undefined, { errors });
  }
  await next();
});
