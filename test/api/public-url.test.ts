import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../src/api/app.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack?.stop();
});

const PUBLIC_URL = 'https://shop.example/orders-api';

describe('an API behind a prefix', () => {
  it('gives links that clients can follow', async () => {
    const settings = { ...stack.deps.config, PUBLIC_URL };
    const shop = { app: createApp({ ...stack.deps, config: settings }) };
    const placing = { method: 'POST', body: orderBody() };
    const first = await request(shop, '/api/orders', placing);
    const { orderId } = (await first.json()) as { orderId: string };
    expect(first.headers.get('Location')).toBe(`${PUBLIC_URL}/api/orders/${orderId}`);

    await request(shop, '/api/orders', placing);
    const page = await request(shop, '/api/orders?limit=1');
    expect(page.headers.get('Link')).toMatch(
      /^<https:\/\/shop\.example\/orders-api\/api\/orders\?limit=1&cursor=.+>; rel="next"$/,
    );
    const missing = await request(shop, '/api/orders/6a0f5f3e-0000-4000-8000-000000000000');
    expect(await missing.json()).toMatchObject({ type: `${PUBLIC_URL}/problems/not_found` });
  });

  it('gives relative links otherwise', async () => {
    const response = await request(stack, '/api/orders', { method: 'POST', body: orderBody() });
    expect(response.headers.get('Location')).toMatch(/^\/api\/orders\//);
    const missing = await request(stack, '/api/orders/6a0f5f3e-0000-4000-8000-000000000000');
    const problem = await expectProblem(missing, 404, 'not_found');
    expect(problem).toMatchObject({ type: '/problems/not_found' });
  });

  it.each([
    ['half a year', undefined, 'max-age=15552000; includeSubDomains'],
    ['a day', 86_400, 'max-age=86400; includeSubDomains'],
    ['nothing', 0, null],
  ])('tells browsers to stay with https for %s', async (_name, HSTS_SECONDS, header) => {
    const config = { ...stack.deps.config, HSTS_SECONDS };
    const response = await createApp({ ...stack.deps, config }).request('/livez');
    expect(response.headers.get('Strict-Transport-Security')).toBe(header);
  });
});
