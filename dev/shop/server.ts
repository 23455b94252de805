import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';

const root = fileURLToPath(new URL('../../examples/shop', import.meta.url));

/** Serves the page of examples/shop, which may load nothing from elsewhere but what an API answers. */
export function serveShop(port: number): Promise<ListeningServer> {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header(
      'Content-Security-Policy',
      "default-src 'self'; connect-src 'self' http: https:; img-src data:; frame-ancestors 'none'",
    );
  });
  app.use(serveStatic({ root }));
  return listen(app.fetch, { port, host: '127.0.0.1' });
}
