import { createMiddleware } from 'hono/factory';
import { Problem } from './problem.ts';

/** Bodies have to say that they are JSON: a form that a browser posts is not. */
export const jsonOnly = createMiddleware(async (context, next) => {
  const { method } = context.req;
  if (method === 'POST' || method === 'PATCH') {
    const type = context.req.header('Content-Type') ?? '';
    if (!/^application\/json\s*(;|$)/i.test(type)) throw new Problem('unsupported_media_type');
  }
  await next();
});
