import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Hono } from 'hono';
import { exportSPKI, importJWK, jwtVerify } from 'jose';
import { register } from 'prom-client';
import { freePort } from '../../../dev/processes/ports.ts';
import { type ApiEnv, authenticate } from '../../../src/api/middleware/authenticate.ts';
import { remoteKeys } from '../../../src/api/middleware/jwt-keys.ts';
import { problemResponse } from '../../../src/api/problems/problem.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { testAuth } from '../../support/api/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { sign, startIdentityProvider } from '../../support/services/identity-provider.ts';

const lines: string[] = [];
let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
beforeEach(async () => {
  lines.length = 0;
  provider = await startIdentityProvider();
});
afterEach(() => provider.stop());

const { JWT_ISSUER, JWT_AUDIENCE } = testAuth;

/** An API that only says who is asking. */
function api({ cooldownMs = 0, refreshMs = 600_000 } = {}) {
  const app = new Hono<ApiEnv>();
  const config = { JWT_ISSUER, JWT_AUDIENCE };
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  app.onError((error, context) => problemResponse(error, context, log));
  app.use(authenticate(config, log, remoteKeys(provider.url, log, cooldownMs, refreshMs)));
  app.get('/', (context) => context.json(context.get('caller')));
  return async (token: string) => {
    const response = await app.request('/', { headers: { Authorization: `Bearer ${token}` } });
    const retryAfter = response.headers.get('Retry-After');
    return { status: response.status, retryAfter, ...((await response.json()) as object) };
  };
}

describe("a token signed with one of the identity provider's keys", () => {
  it.each(['RS256', 'ES256'] as const)('is taken: %s', async (alg) => {
    const key = await provider.addKey(alg, 'one');
    expect(await api()(await key.sign())).toMatchObject({ userId: 'ana', isAdmin: false });
  });

  it.each([
    ['role', { role: 'admin' }, true],
    ['roles', { roles: ['user', 'admin'] }, true],
    ['roles that are a text', { roles: 'admin' }, false],
    ['another role', { role: 'administrator' }, false],
  ])('says by its claims whether it is of an admin: %s', async (_name, claims, isAdmin) => {
    const key = await provider.addKey('ES256', 'one');
    expect(await api()(await key.sign({}, claims))).toMatchObject({ isAdmin });
  });

  it('is checked without asking the provider each time', async () => {
    const key = await provider.addKey('ES256', 'one');
    const ask = api();
    await Promise.all([1, 2, 3].map(async () => ask(await key.sign())));
    expect(provider.fetched()).toBe(1);
  });
});

describe('a token that pretends', () => {
  it.each([
    [
      'an HS256 one, signed with the public key as its secret',
      async (key: Key) => {
        const publicKey = await importJWK(key.jwk, 'RS256', { extractable: true });
        const pem = await exportSPKI(publicKey as Parameters<typeof exportSPKI>[0]);
        return sign(new TextEncoder().encode(pem), { alg: 'HS256', kid: 'one', typ: 'JWT' });
      },
    ],
    [
      'one of a key of its own, served elsewhere by jku',
      async () => {
        const elsewhere = await startIdentityProvider();
        const own = await elsewhere.addKey('RS256', 'one');
        await elsewhere.stop();
        return own.sign({ jku: elsewhere.url.href });
      },
    ],
    [
      'one that brings its own key along',
      async () => {
        const own = await provider.addKey('RS256', 'own', { publish: false });
        return own.sign({ jwk: own.jwk, kid: 'one' });
      },
    ],
    ['one whose kid is a path', async (key: Key) => key.sign({ kid: '../../dev/null' })],
    [
      'one of an algorithm that is not listed, though its key is',
      async () => (await provider.addKey('PS256', 'two')).sign(),
    ],
  ])('is refused: %s', async (_name, forge) => {
    const key = await provider.addKey('RS256', 'one');
    expect(await api()(await forge(key))).toMatchObject({ status: 401, code: 'unauthorized' });
  });
});

async function failuresCounted(): Promise<number> {
  const metric = await register.getSingleMetric('orders_jwks_failures_total')?.get();
  return metric?.values[0]?.value ?? 0;
}
type Key = Awaited<ReturnType<typeof provider.addKey>>;

describe('the keys of the identity provider', () => {
  it('may change: a new one is fetched when it is first seen', async () => {
    const first = await provider.addKey('RS256', 'one');
    const ask = api();
    await ask(await first.sign());
    const second = await provider.addKey('RS256', 'two');
    expect(await ask(await second.sign())).toMatchObject({ userId: 'ana' });
  });

  it('are not fetched again for each token of an unknown one', async () => {
    const known = await provider.addKey('RS256', 'one');
    const ask = api({ cooldownMs: 60_000 });
    await ask(await known.sign());
    const token = await (await provider.addKey('RS256', 'no', { publish: false })).sign();
    const answers = await Promise.all([1, 2, 3].map(() => ask(token)));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(provider.fetched()).toBe(1);
  });

  it('that are withdrawn stop working once the keys are refreshed', async () => {
    const key = await provider.addKey('RS256', randomUUID());
    const ask = api({ refreshMs: 0 });
    await ask(await key.sign());
    provider.drop(key.jwk.kid);
    await eventually(async () => {
      expect(await ask(await key.sign())).toMatchObject({ status: 401 });
    });
  });

  it('cannot be fetched: known ones go on working, others are 503 and not 401', async () => {
    const key = await provider.addKey('RS256', 'one');
    const other = await provider.addKey('RS256', 'two', { publish: false });
    const ask = api({ refreshMs: 0 });
    await ask(await key.sign());
    provider.down();
    expect(await ask(await other.sign())).toMatchObject({
      status: 503,
      code: 'service_unavailable',
      retryAfter: '2',
    });
    expect(await ask(await key.sign())).toMatchObject({ userId: 'ana' });
    provider.up();
    other.publish();
    await eventually(async () => {
      expect(await ask(await other.sign())).toMatchObject({ userId: 'ana' });
    });
  });

  it('cannot be fetched since nobody listens there: 503, for the token may be good', async () => {
    const key = await provider.addKey('RS256', 'one');
    const { port } = await freePort();
    const silent = createLogger('test', 'silent');
    const nowhere = remoteKeys(new URL(`http://127.0.0.1:${port}/keys`), silent);
    await expect(
      jwtVerify(await key.sign(), nowhere.keyOf, { algorithms: ['RS256'] }),
    ).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('cannot be fetched, and the provider is not asked by every request', async () => {
    provider.down();
    const key = await provider.addKey('RS256', 'one');
    const ask = api();
    const before = await failuresCounted();
    for (const _ of [1, 2, 3]) expect(await ask(await key.sign())).toMatchObject({ status: 503 });
    expect(provider.fetched()).toBe(1);
    expect((await failuresCounted()) - before).toBe(1);
    expect(lines.filter((line) => line.includes('500 instead of keys'))).toHaveLength(1);
  });
});
