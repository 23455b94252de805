import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { serveShop } from '../../dev/shop/server.ts';
import { products } from '../../simulators/catalogue.ts';
import { createApp } from '../../src/api/app.ts';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { token } from '../support/api/tokens.ts';
import { describeWebUi } from '../support/operators/use-web-ui.ts';
import { drawing, openBrowser, picture } from '../support/operators/web-ui-browser.ts';
import { documents } from '../support/orders/orders.ts';
import { ledger, postTo, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

jest.setTimeout(240_000);

const stack = useStack();

it('the catalogue of the page is what the products service sells', async () => {
  const text = await readFile('examples/shop/catalogue.json', 'utf8');
  for (const { id, name, price } of JSON.parse(text)) {
    const sold = products.find((product) => product.id === id);
    expect(sold).toMatchObject({ name, currency: 'EUR', active: true });
    expect(sold?.price.toFixed(2)).toBe(price);
  }
});

describeWebUi('a customer on the page of the shop', () => {
  let shop: ListeningServer;
  let api: ListeningServer;
  let page: Page;
  let close: () => Promise<void>;
  const loaded: string[] = [];
  beforeAll(async () => {
    shop = await serveShop(0);
    const CORS_ORIGINS = [`http://127.0.0.1:${shop.port}`];
    const app = createApp({ ...stack.deps, config: { ...stack.deps.config, CORS_ORIGINS } });
    api = await listen(app.fetch, { port: 0, host: '127.0.0.1' });
    ({ page, close } = await openBrowser());
    page.on('request', (request) => loaded.push(new URL(request.url()).origin));
    const apiUrl = `http://127.0.0.1:${api.port}`;
    const fragment = new URLSearchParams({ api: apiUrl, token: await token({ sub: 'ana' }) });
    await page.goto(`http://127.0.0.1:${shop.port}/#${fragment}`);
    await page.getByText('Logged in as ana').waitFor();
  });
  afterAll(async () => {
    await close?.();
    await Promise.all([api?.stop(), shop?.stop()]);
  });

  /** Places an order for a mug, and answers its id once the page shows it. */
  async function place(method: string): Promise<string> {
    await page.getByLabel('One more: Blue mug').click();
    await page.getByLabel(method).check();
    const answer = page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().endsWith('/orders'),
    );
    await page.getByRole('button', { name: 'Place the order' }).click();
    const { orderId, orderNumber } = await (await answer).json();
    await page.getByText(orderNumber).waitFor();
    return orderId;
  }

  /** The order that was placed last is the first in the list. */
  const first = () => page.locator('#orders > li').first();
  const reached = (status: string) => first().getByText(status).waitFor();

  it.each(['Credit card', 'PayPal'])('pays by %s, and sees it at once', async (method) => {
    const orderId = await place(method);
    await reached('PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'PAGADO' });
  });

  it('pays by bank transfer, and sees when it has come', async () => {
    const orderId = await place('Bank transfer');
    await reached('CREADO');
    const key = encodeURIComponent(`${orderId}:charge`);
    await postTo(stack, 'payments', `/admin/payments/${key}/confirm`);
    await reached('PAGADO');
  });

  it('cancels an order, and has the money back', async () => {
    const orderId = await place('Credit card');
    await reached('PAGADO');
    if (drawing) await picture(page, '../../use/images/shop', 700);
    await first().getByRole('button', { name: 'Cancel' }).click();
    await reached('CANCELADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
  });

  it('reads why an order is refused', async () => {
    await page.getByLabel('One more: Wall clock (sold out)').click();
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('alert').getByText('There is not enough stock').waitFor();
  });

  it('keeps no token in the address, and loads nothing from elsewhere', async () => {
    expect(page.url()).toBe(`http://127.0.0.1:${shop.port}/`);
    const own = [shop, api].map(({ port }) => `http://127.0.0.1:${port}`);
    expect(new Set(loaded)).toEqual(new Set(own));
  });
});
