import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { token } from '../support/api/tokens.ts';
import { openBrowser } from '../support/operators/web-ui-browser.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let server: ListeningServer;
let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  server = await listen(stack.app.fetch, { port: 0, host: '127.0.0.1' });
  browser = await openBrowser();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await stack?.stop();
});

it('the reference at /docs can be read and tried, and loads nothing from elsewhere', async () => {
  const { page } = browser;
  const origin = `http://127.0.0.1:${server.port}`;
  const elsewhere: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) {
      elsewhere.push(request.url());
    }
  });
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  const answer = await page.goto(`${origin}/docs`);
  expect(answer?.headers()['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'/,
  );

  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.getByLabel('auth-bearer-value').fill(await token());
  await page.getByRole('button', { name: 'Apply credentials' }).first().click();
  await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page
    .getByRole('button', { name: /List orders, newest first/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Try it out' }).click();
  const answered = page.waitForResponse((response) => response.url().startsWith(`${origin}/api/`));
  await page.getByRole('button', { name: 'Execute' }).click();
  const tried = await answered;
  expect([tried.status(), await tried.json()]).toEqual([200, { orders: [] }]);

  expect({ elsewhere, problems }).toEqual({ elsewhere: [], problems: [] });
}, 180_000);
