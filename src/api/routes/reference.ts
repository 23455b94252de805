import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { html } from 'hono/html';
import swaggerUi from 'swagger-ui-dist';
import { unchanging } from '../http/unchanging.ts';

const TYPES = { css: 'text/css', js: 'text/javascript' } as const;
/** Of the package, which is installed with the service: nothing comes from elsewhere. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** Admins paste tokens into this page: it runs no script but its own, and sends nothing elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

const PAGE = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>Orders</title>
      <meta name="viewport" content="width=device-width" />
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/docs/swagger-ui.css" />
    </head>
    <body>
      <div id="reference"></div>
      <script src="/docs/swagger-ui-bundle.js"></script>
      <script src="/docs/start.js"></script>
    </body>
  </html>`;

/** The reference of the API at /docs, to read and to try. */
export function referencePages(): Hono {
  const app = new Hono();
  const folder = swaggerUi.getAbsoluteFSPath();
  app.get('/docs', (context) => context.html(PAGE, 200, { 'Content-Security-Policy': POLICY }));
  for (const name of FILES) serve(name, () => readFileSync(join(folder, name), 'utf8'));
  serve('start.js', () => START);
  return app;

  function serve(name: string, read: () => string): void {
    const type = TYPES[name.endsWith('.css') ? 'css' : 'js'];
    app.get(`/docs/${name}`, unchanging(type, 3_600, read));
  }
}
