import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../src/api/app.ts';
import { headersTooLarge } from '../../src/api/problems/headers-too-large.ts';
import { ProblemDocument } from '../../src/api/schemas/problem.ts';
import { cacheKeys, DROPPED } from '../../src/contract/cache-keys.ts';
import { problems } from '../../src/domain/problems.ts';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectRedis } from '../../src/platform/redis.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let server: ListeningServer;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  server = await listen(stack.app.fetch, {
    ...{ port: 0, host: '127.0.0.1' },
    headersTooLarge: headersTooLarge(createLogger('api', 'silent')),
  });
});
afterAll(async () => {
  await server?.stop();
  await stack?.stop();
});

const NOBODYS = '/api/orders/6a0f5f3e-0000-4000-8000-000000000000';

describe('every answer', () => {
  it.each(['/livez', '/docs', '/problems', '/nowhere', '/api/orders', NOBODYS])(
    'has security headers and a request id: %s',
    async (path) => {
      const { headers } = await request(stack, path);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Frame-Options')).toBe('SAMEORIGIN');
      expect(headers.get('Strict-Transport-Security')).toMatch(/max-age=\d+/);
      expect(headers.get('X-Request-Id')).toMatch(/./);
    },
  );

  it('says what is left of the rate limit, also when it is a refusal', async () => {
    const { headers } = await request(stack, NOBODYS);
    expect(headers.get('RateLimit')).toMatch(/^"user";r=\d+;t=\d+$/);
  });
});

describe('a connection', () => {
  it('is kept longer than load balancers keep it idle, so that none is closed under a request', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/livez`);
    expect(response.headers.get('Keep-Alive')).toBe('timeout=65');
  });

  it('with headers that are too large is answered with a problem as well', async () => {
    const headers = { 'X-Padding': 'x'.repeat(17_000) };
    const response = await fetch(`http://127.0.0.1:${server.port}/api/orders`, { headers });
    expect(response.status).toBe(431);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(ProblemDocument.parse(await response.json())).toMatchObject({
      type: '/problems/headers_too_large',
      status: 431,
      code: 'headers_too_large',
    });
  });

  it('with what is no HTTP is told so, and closed', async () => {
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
    socket.end('this is no HTTP\r\n\r\n');
    const [text] = await once(socket, 'data');
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
  });
});

describe('pages of other origins', () => {
  const origin = { Origin: 'https://shop.example' };
  const preflight = {
    method: 'OPTIONS',
    headers: { ...origin, 'Access-Control-Request-Method': 'POST' },
  };

  it('may not call the API', async () => {
    const response = await stack.app.request('/api/orders', preflight);
    expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([
      401,
      null,
    ]);
  });

  it('may when their origin is configured, and others still may not', async () => {
    const config = { ...stack.deps.config, CORS_ORIGINS: [origin.Origin] };
    const app = createApp({ ...stack.deps, config });
    const asked = await app.request('/api/orders', preflight);
    expect([asked.status, asked.headers.get('Access-Control-Allow-Origin')]).toEqual([
      204,
      origin.Origin,
    ]);
    const refused = await app.request(NOBODYS, { headers: origin });
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe(origin.Origin);
    const other = await app.request(NOBODYS, { headers: { Origin: 'https://other.example' } });
    expect(other.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

describe('a method that a resource does not have', () => {
  it.each([
    ['PUT', '/api/orders', 'POST'],
    ['DELETE', NOBODYS, 'GET, HEAD'],
    ['GET', `${NOBODYS}/status`, 'PATCH'],
  ])('is refused with those it has: %s %s', async (method, path, allow) => {
    const response = await request(stack, path, { method });
    expect([response.status, await response.json()]).toMatchObject([
      405,
      { code: 'method_not_allowed' },
    ]);
    const allowed = response.headers.get('Allow')?.split(', ');
    expect(allowed).toEqual(expect.arrayContaining(allow.split(', ')));
    expect(allowed).not.toContain(method);
  });

  it('is 404 where nothing is', async () => {
    const response = await request(stack, '/api/nothing', { method: 'PUT' });
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'not_found' }]);
  });
});

describe('a problem', () => {
  it.each(Object.keys(problems))('has a page where its type leads: %s', async (code) => {
    const response = await stack.app.request(`/problems/${code}`);
    expect([response.status, await response.json()]).toMatchObject([200, { code }]);
  });

  it('that does not exist has none', async () => {
    expect((await stack.app.request('/problems/toString')).status).toBe(404);
  });
});

describe('a body over a real socket', () => {
  const send = async (headers: string[], body: string[]) => {
    const socket = connect(server.port, '127.0.0.1');
    const authorization = `Authorization: Bearer ${await token()}`;
    const head = ['POST /api/orders HTTP/1.1', 'Host: x', 'Connection: close', authorization];
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => undefined);
    socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n`);
    for (const part of body) socket.write(part);
    await once(socket, 'close');
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), answer };
  };
  const json = 'Content-Type: application/json';
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

  it('that is too long and says so is refused', async () => {
    const length = 70_000;
    const { status, answer } = await send(
      [json, `Content-Length: ${length}`],
      ['x'.repeat(length)],
    );
    expect(status).toBe(413);
    expect(answer).toContain('payload_too_large');
  });

  it('that comes in chunks without end is refused once it is too long', async () => {
    const chunks = Array.from({ length: 9 }, () => chunk('x'.repeat(8_192)));
    const { status, answer } = await send([json, 'Transfer-Encoding: chunked'], chunks);
    expect(status).toBe(413);
    expect(answer).toContain('payload_too_large');
  });

  it('that comes in chunks and is not too long is read', async () => {
    const text = JSON.stringify(orderBody({ items: [] }));
    const { answer } = await send([json, 'Transfer-Encoding: chunked'], [chunk(text), chunk('')]);
    expect(answer).toContain('validation_failed');
    expect(answer).toContain('#/items');
  });

  it('that does not say what it is is refused', async () => {
    expect((await send(['Content-Length: 2'], ['{}'])).status).toBe(415);
    expect((await send(['Transfer-Encoding: chunked'], [chunk('{}'), chunk('')])).status).toBe(415);
  });

  it.each(['application/json;', 'application/json ; ', 'Application/JSON; charset="utf-8"'])(
    'may say that it is JSON as %s',
    async (type) => {
      const { status, answer } = await send(
        [`Content-Type: ${type}`, 'Content-Length: 12'],
        ['{"items":[]}'],
      );
      expect([status, answer.includes('#/items')]).toEqual([400, true]);
    },
  );

  it('that is none is not asked for its type', async () => {
    expect((await send(['Content-Length: 0'], [])).status).toBe(400);
  });
});

describe("an admin drops workers' copies", () => {
  const drop = (path: string, role = 'admin', app = stack.app) =>
    request({ app }, `/api/admin/cache/${path}`, { method: 'DELETE', sub: 'boss', role });

  it('of a user and of a product', async () => {
    const { redis } = stack.deps;
    if (redis === undefined) return;
    const keys = [cacheKeys.user('u-drop'), cacheKeys.product('P-drop')] as const;
    const there = () => eventually(() => redis.mget(...keys));
    const dropped = (path: string) =>
      eventually(async () => expect((await drop(path)).status).toBe(204));
    // On a busy machine Redis may be given up temporarily.
    await eventually(() => Promise.all(keys.map((key) => redis.set(key, '{}', 'EX', 60))));
    await dropped('users/u-drop');
    expect(await there()).toEqual([DROPPED, '{}']);
    await dropped('products/P-drop');
    expect(await there()).toEqual([DROPPED, DROPPED]);
    await dropped('products/P-drop');
  });

  it('and nobody else does', async () => {
    expect((await drop('users/u-1', 'user')).status).toBe(403);
  });

  it('of something that can be an id', async () => {
    expect((await drop('users/a%07b')).status).toBe(400);
  });

  it('while Redis is down: later', async () => {
    const redis = connectRedis('redis://127.0.0.1:1', createLogger('test', 'silent'));
    try {
      const response = await drop('users/u-1', 'admin', createApp({ ...stack.deps, redis }));
      expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '2']);
    } finally {
      redis.disconnect();
    }
  });

  it('without Redis: there is nothing that workers share', async () => {
    const app = createApp({ ...stack.deps, redis: undefined });
    const response = await drop('users/u-1', 'admin', app);
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { code: 'cache_not_shared' },
    ]);
  });
});
