import { describe, expect, it } from '@jest/globals';
import { orderBody, request, ship } from '../../support/api/requests.ts';
import { testAuth, token } from '../../support/api/tokens.ts';
import { placed } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

describe('a token', () => {
  const now = Math.floor(Date.now() / 1000);
  const unsigned = (header: object, payload: object) =>
    `${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  const claims = {
    sub: 'ana',
    iss: testAuth.JWT_ISSUER,
    aud: testAuth.JWT_AUDIENCE,
    exp: now + 60,
  };

  it.each([
    ['none at all', async () => undefined],
    ['one that is no JWT', async () => 'Bearer hello'],
    ['one of another scheme', async () => `Basic ${await token()}`],
    [
      'one signed with another secret',
      async () => `Bearer ${await token({ secret: 'x'.repeat(40) })}`,
    ],
    ['an expired one', async () => `Bearer ${await token({ expiresAt: now - 60 })}`],
    ['one of another issuer', async () => `Bearer ${await token({ issuer: 'someone' })}`],
    ['one for another audience', async () => `Bearer ${await token({ audience: 'others' })}`],
    ['one of another type', async () => `Bearer ${await token({ header: { typ: 'at+other' } })}`],
    ['one whose subject is no name', async () => `Bearer ${await token({ sub: 'a\u0000b' })}`],
    ['an unsigned one', async () => `Bearer ${unsigned({ alg: 'none', typ: 'JWT' }, claims)}`],
  ])('is needed: %s is refused with 401', async (_name, authorization) => {
    const header = await authorization();
    const response = await stack.app.request('/api/orders/6a0f5f3e-0000-4000-8000-000000000000', {
      headers: header === undefined ? {} : { Authorization: header },
    });
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'unauthorized' }]);
    const challenge = header?.startsWith('Bearer') ? 'Bearer error="invalid_token"' : 'Bearer';
    expect(response.headers.get('WWW-Authenticate')).toBe(challenge);
  });

  it.each(['JWT', 'at+jwt', 'application/at+jwt'])('of type %s is taken', async (typ) => {
    const response = await stack.app.request('/api/orders/6a0f5f3e-0000-4000-8000-000000000000', {
      headers: { Authorization: `Bearer ${await token({ header: { typ } })}` },
    });
    expect(response.status).toBe(404);
  });
});

describe("other people's orders", () => {
  it('are as unknown as those that do not exist', async () => {
    const { orderId } = await placed(stack);
    const others = await request(stack, `/api/orders/${orderId}`, { sub: 'luis' });
    const nobodys = await request(stack, '/api/orders/6a0f5f3e-0000-4000-8000-000000000000');
    const strip = async (response: Response) => ({
      ...((await response.json()) as object),
      requestId: undefined,
    });
    expect([others.status, nobodys.status]).toEqual([404, 404]);
    expect(await strip(others)).toEqual(await strip(nobodys));
  });

  it('are visible to an admin', async () => {
    const { orderId } = await placed(stack);
    const response = await request(stack, `/api/orders/${orderId}`, {
      sub: 'admin',
      role: 'admin',
    });
    expect(response.status).toBe(200);
  });
});

describe('marking an order shipped', () => {
  it('is for admins, before anything is looked at', async () => {
    const response = await request(stack, '/api/orders/not-even-an-id/status', {
      method: 'PATCH',
      body: 'nonsense',
    });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'forbidden' }]);
  });

  it('answers 404 for an order that does not exist', async () => {
    const response = await ship(stack, '6a0f5f3e-0000-4000-8000-000000000000');
    expect(response.status).toBe(404);
  });
});

describe('a body', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    request(stack, '/api/orders', { method: 'POST', body, headers });

  it.each([
    ['no items', { items: [] }, '#/items'],
    ['a quantity of zero', { items: [{ productId: 'P-1001', quantity: 0 }] }, '#/items/0/quantity'],
    ['half a mug', { items: [{ productId: 'P-1001', quantity: 0.5 }] }, '#/items/0/quantity'],
    ['an unknown key', { discount: 100 }, '#'],
    ['no address', { shippingAddress: undefined }, '#/shippingAddress'],
    [
      'a control character',
      { shippingAddress: { ...orderBody().shippingAddress, city: 'a\u0000b' } },
      '#/shippingAddress/city',
    ],
    ['an unknown payment method', { paymentMethod: 'cash' }, '#/paymentMethod'],
  ])('with %s is refused with a pointer to it', async (_name, overrides, pointer) => {
    const response = await post(orderBody(overrides));
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'validation_failed', errors: [{ pointer }] },
    ]);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  });

  it('with a card number is refused, and the number is not repeated', async () => {
    const response = await post(orderBody({ paymentToken: '4242 4242 4242 4242' }));
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([
      422,
      { code: 'card_number_not_accepted', errors: [{ pointer: '#/paymentToken' }] },
    ]);
    expect(text).not.toContain('4242');
  });

  it('that is no JSON is refused', async () => {
    const authorization = { Authorization: `Bearer ${await token()}` };
    const form = await stack.app.request('/api/orders', {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'items=1',
    });
    expect([form.status, await form.json()]).toMatchObject([
      415,
      { code: 'unsupported_media_type' },
    ]);
    const broken = await stack.app.request('/api/orders', {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': 'application/json' },
      body: '{"items":',
    });
    expect([broken.status, await broken.json()]).toMatchObject([
      400,
      { code: 'validation_failed' },
    ]);
  });

  it('of more than 64 KiB is refused', async () => {
    const response = await post(orderBody({ metadata: { note: 'x'.repeat(70_000) } }));
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { code: 'payload_too_large' },
    ]);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string, body: unknown, sub = 'ana') =>
    request(stack, '/api/orders', {
      method: 'POST',
      body,
      sub,
      headers: { 'Idempotency-Key': key },
    });
  const idOf = async (response: Response) =>
    ((await response.json()) as { orderId: string }).orderId;

  it('gives the same order for the same body, also when sent at once', async () => {
    const responses = await Promise.all([1, 2, 3, 4].map(() => keyed('basket-1', orderBody())));
    const ids = new Set(await Promise.all(responses.map(idOf)));
    expect(responses.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(ids.size).toBe(1);
  });

  it('is refused with another body', async () => {
    await keyed('basket-2', orderBody());
    const other = await keyed('basket-2', orderBody({ paymentMethod: 'paypal' }));
    expect([other.status, await other.json()]).toMatchObject([
      422,
      { code: 'idempotency_key_reused' },
    ]);
  });

  it('belongs to its user', async () => {
    const [ana, luis] = await Promise.all([
      keyed('basket-3', orderBody(), 'ana'),
      keyed('basket-3', orderBody(), 'luis'),
    ]);
    expect(await idOf(ana)).not.toBe(await idOf(luis));
  });
});
