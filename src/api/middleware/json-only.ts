import { createMiddleware } from 'hono/factory';
import { Problem } from '../problems/problem.ts';

/** Bodies have to say that they are JSON: a form that a browser posts is not. */
export const jsonOnly = createMiddleware(async (context, next) => {
  const { req } = context;
  const hasBody =
    (req.header('Content-Length') ?? '0') !== '0' || req.header('Transfer-Encoding') !== undefined;
  const type = req.header('Content-Type') ?? (hasBody ? '' : undefined);
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Problem('unsupported_media_type');
  }
  // RFC 9110, 5.6.6, lets parameters be empty; the routes' library takes it for another type.
  if (type !== undefined && /;\s*$/.test(type)) {
    const headers = new Headers(req.raw.headers);
    headers.set('Content-Type', 'application/json');
    req.raw = new Request(req.raw, { headers });
  }
  await next();
});
