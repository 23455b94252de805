import { createMiddleware } from 'hono/factory';
import { Problem } from './problem.ts';

/** Bodies have to say that they are JSON: a form that a browser posts is not. */
export const jsonOnly = createMiddleware(async (context, next) => {
  const { method } = context.req;
  const type = context.req.header('Content-Type');
  if ((method === 'POST' || method === 'PATCH') && (type !== undefined || mayHaveBody())) {
    if (!/^application\/json\s*(;|$)/i.test(type ?? ''))
      throw new Problem('unsupported_media_type');
  }
  await next();

  function mayHaveBody(): boolean {
    const isEmpty = (context.req.header('Content-Length') ?? '0') === '0';
    return !isEmpty || context.req.header('Transfer-Encoding') !== undefined;
  }
});
