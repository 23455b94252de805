import { generateKeyPairSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { createApp } from '../../../src/api/app.ts';
import { type ListeningServer, listen } from '../../../src/platform/http-server.ts';
import { anotherApi } from '../../support/api/app.ts';
import { address, orderBody, request } from '../../support/api/requests.ts';
import { testAuth, token } from '../../support/api/tokens.ts';
import { placed } from '../../support/orders/orders.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let server: ListeningServer;
beforeAll(async () => {
  stack = await startStack();
  server = await listen(stack.app.fetch, { port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await server?.stop();
  await stack?.stop();
});

interface ProblemBody {
  code: string;
  detail?: string;
  errors?: { pointer?: string; header?: string; detail: string }[];
}

async function place(overrides: Record<string, unknown>) {
  const response = await request(stack, '/api/orders', {
    method: 'POST',
    body: orderBody(overrides),
  });
  const text = await response.text();
  return { status: response.status, size: text.length, body: JSON.parse(text) as ProblemBody };
}

const nothingWasStored = async () =>
  expect(await stack.db.collection('orders').countDocuments()).toBe(0);

describe('a request with thousands of faults', () => {
  it('is answered with its size, or with the first twenty of them', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`$${index}`, 'x']),
    );
    const tooMany = await place({ metadata: many });
    expect(tooMany).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(tooMany.body.errors).toEqual([
      { pointer: '#/metadata', detail: 'has 3000 entries, more than 200' },
    ]);
    const items = Array.from({ length: 100 }, () => ({ productId: '', quantity: 0 }));
    const answer = await place({ items });
    expect(answer.body.errors?.length).toBe(20);
    expect(answer.body.detail).toMatch(/more errors are not listed/);
    expect(answer.size).toBeLessThan(4_000);
    await nothingWasStored();
  });
});

describe('the number of a payment card', () => {
  it.each([
    ['4111 1111 1111 1111', 'paymentToken'],
    ['card 4111.1111.1111.1111', 'street'],
    ['4111111111111111 12/27', 'city'],
    ['４１１１１１１１１１１１１１１１', 'note'],
    ['3714-496353-98431', 'note'],
    ['٤١١١ ١١١١ ١١١١ ١١١١', 'note'],
    ['4111\u200b1111\u200b1111\u200b1111', 'note'],
    ['4111\u20131111\u20131111  1111', 'street'],
  ])('is refused wherever it stands: %s', async (number, where) => {
    const answer = await place(
      where === 'paymentToken'
        ? { paymentToken: number }
        : where === 'note'
          ? { metadata: { note: number } }
          : { shippingAddress: { ...address, [where]: number } },
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'card_number_not_accepted' } });
    expect(JSON.stringify(answer.body)).not.toContain(number);
    await nothingWasStored();
  });

  it('is not seen in phone numbers, order numbers, IBANs and tracking numbers', async () => {
    const metadata = {
      phone: '+34 600 123 456 / 0049 30 901820 12',
      order: 'ORD-7K3M-Q9XD 2026112700000123',
      iban: 'ES91 2100 0418 4502 0005 1332',
      parcel: '9400 1000 0000 0000 0000 00',
      time: '2026-11-27 10:00:00.000',
      reference: '6212345678901234',
    };
    expect(await placed(stack, { metadata })).toMatchObject({ metadata });
    await stack.db.collection('orders').deleteMany({});
  });
});

describe('an address', () => {
  it.each([
    ['country', 'ZZ', /ISO 3166/],
    ['country', 'XX', /ISO 3166/],
    ['street', 'Calle \u202e1 royaM', /control characters/],
    ['city', '\u200b\u200b', /blank/],
    ['city', 'Mad\u0000rid', /control characters/],
    ['state', 'half \ud800', /Unicode/],
  ])('with %s %j is refused, and says why', async (field, value, why) => {
    const { status, body } = await place({ shippingAddress: { ...address, [field]: value } });
    expect([status, body.errors?.[0]]).toMatchObject([
      400,
      { pointer: `#/shippingAddress/${field}`, detail: expect.stringMatching(why) },
    ]);
    await nothingWasStored();
  });
});

describe('an order id', () => {
  it('is the same in upper case', async () => {
    const { orderId } = await placed(stack);
    const response = await request(stack, `/api/orders/${orderId.toUpperCase()}`);
    expect([response.status, await response.json()]).toMatchObject([200, { orderId }]);
  });
});

describe('a problem', () => {
  it('is never kept by a cache, and tells a bad token from none', async () => {
    const missing = await request(stack, '/api/orders/6a0f5f3e-0000-4000-8000-000000000000');
    expect([missing.status, missing.headers.get('Cache-Control')]).toEqual([404, 'no-store']);
    const challenge = async (headers: Record<string, string>) =>
      (await stack.app.request('/api/orders', { headers })).headers.get('WWW-Authenticate');
    expect(await challenge({})).toBe('Bearer');
    expect(await challenge({ Authorization: 'Bearer a.b.c' })).toBe('Bearer error="invalid_token"');
  });
});

describe('a token', () => {
  const answer = async (bearer: string, app: Pick<Stack['app'], 'request'> = stack.app) =>
    (await app.request('/api/orders', { headers: { Authorization: `Bearer ${bearer}` } })).status;

  it.each(['.', '..', 'a\ud800'])('of the subject %j is refused', async (sub) => {
    expect(await answer(await token({ sub }))).toBe(401);
  });

  it('whose type is no text is refused', async () => {
    const header = { typ: ['JWT'] } as unknown as Record<string, string>;
    expect(await answer(await token({ header }))).toBe(401);
  });

  it('signed with a key of the provider that is too weak or broken is refused, and is no failure', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const keys = [
      { ...(await exportJWK(weak.publicKey)), kid: 'weak', alg: 'RS256' },
      { kty: 'RSA', n: '!!', e: 'AQAB', kid: 'broken', alg: 'RS256' },
    ];
    const provider = await listen(() => Response.json({ keys }), { port: 0, host: '127.0.0.1' });
    try {
      const { JWT_SECRET, ...config } = stack.deps.config;
      const JWKS_URL = `http://127.0.0.1:${provider.port}/keys`;
      const app = createApp({ ...stack.deps, config: { ...config, JWKS_URL } });
      const strong = generateKeyPairSync('rsa', { modulusLength: 2048 });
      for (const kid of ['weak', 'broken']) {
        const bearer = await new SignJWT({})
          .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
          .setSubject('ana')
          .setIssuer(testAuth.JWT_ISSUER)
          .setAudience(testAuth.JWT_AUDIENCE)
          .setExpirationTime('5m')
          .sign(strong.privateKey);
        expect([kid, await answer(bearer, app)]).toEqual([kid, 401]);
      }
    } finally {
      await provider.stop();
    }
  });
});

describe('the header Host', () => {
  it.each(['1271.1', 'xn--', '[::1', 'a b'])('%j is a bad request, not a failure', async (host) => {
    const headers = { Host: host, Authorization: `Bearer ${await token()}` };
    const { port } = server;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path: '/api/orders?limit=1', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });
});

describe('the description of the API', () => {
  it('is not sent again to who has it', async () => {
    const first = await stack.app.request('/openapi.json');
    const tag = first.headers.get('ETag') ?? '';
    expect(first.headers.get('Cache-Control')).toBe('public, max-age=300');
    const again = await stack.app.request('/openapi.json', { headers: { 'If-None-Match': tag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('the cached copy of a user', () => {
  it('is dropped whatever the identity provider calls its users', async () => {
    const { app } = anotherApi(stack, { deadlineMs: 5_000 });
    const response = await request(
      { app },
      `/api/admin/cache/users/${encodeURIComponent('auth0|5f7c')}`,
      {
        ...{ method: 'DELETE', sub: 'olga', role: 'admin' },
      },
    );
    expect([204, 409]).toContain(response.status);
  });
});
