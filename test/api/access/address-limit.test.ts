import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../src/api/app.ts';
import { type ListeningServer, listen } from '../../../src/platform/http-server.ts';
import { expectProblem } from '../../support/api/problems.ts';
import { token } from '../../support/api/tokens.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
const servers: ListeningServer[] = [];
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await stack?.stop();
});

/** An API that takes three requests a minute of an address without a token. */
async function api(proxies: number | undefined) {
  const limits = { RATE_LIMIT_ADDRESS_PER_MINUTE: 3, TRUSTED_PROXIES: proxies };
  const app = createApp({ ...stack.deps, config: { ...stack.deps.config, ...limits } });
  const server = await listen(app.fetch, { port: 0, host: '127.0.0.1' });
  servers.push(server);
  return async (forwarded: string, path = '/openapi.json', bearer?: string) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: {
        'X-Forwarded-For': forwarded,
        ...(bearer && { Authorization: `Bearer ${bearer}` }),
      },
    });
}

describe('requests without a valid token', () => {
  it.each([
    ['behind a proxy', 1, ['6.6.6.6, 1.2.3.4', '1.2.3.4', '7.7.7.7,1.2.3.4', ' 1.2.3.4 ']],
    ['of one IPv6 network', 1, ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:9::3', '2001:db8::4']],
    ['that come directly', 0, ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4']],
  ])('%s have a limit for each address', async (_where, proxies, addresses) => {
    const ask = await api(proxies);
    const statuses: number[] = [];
    for (const address of addresses.slice(0, 3)) statuses.push((await ask(address)).status);
    expect(statuses).toEqual([200, 200, 200]);
    const refused = await ask(addresses[3] ?? '');
    await expectProblem(refused, 429, 'rate_limited');
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it('are counted also where the token is a wrong one; others go on', async () => {
    const ask = await api(1);
    const statuses: number[] = [];
    for (let time = 0; time < 4; time++) {
      statuses.push((await ask('1.2.3.4', '/api/orders', 'wrong')).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await ask('1.2.3.5', '/api/orders', 'wrong')).status).toBe(401);
  });

  it('are all that counts', async () => {
    const ask = await api(1);
    const good = await token();
    for (let time = 0; time < 5; time++) {
      expect((await ask('1.2.3.4', '/api/orders', good)).status).toBe(200);
    }
  });

  it('have no limit where nobody said who is trusted', async () => {
    const ask = await api(undefined);
    for (let time = 0; time < 5; time++) expect((await ask('1.2.3.4')).status).toBe(200);
  });
});

it('a connection that sends many requests without reading is closed, and costs no more', async () => {
  let asked = 0;
  const server = await listen(
    (request) => {
      asked += 1;
      return stack.app.fetch(request);
    },
    { port: 0, host: '127.0.0.1' },
  );
  servers.push(server);
  const socket = connect(server.port, '127.0.0.1').on('error', () => {});
  socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000));
  socket.resume();
  await once(socket, 'close');
  expect(asked).toBeLessThanOrEqual(20);
});

it('connections beyond those that a process takes are closed at once; the others are served', async () => {
  const server = await listen(stack.app.fetch, { port: 0, host: '127.0.0.1', maxConnections: 1 });
  servers.push(server);
  const open = () => connect(server.port, '127.0.0.1').on('error', () => {});
  const first = open();
  await once(first, 'connect');
  const second = open().resume();
  await once(second, 'close');
  first.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(`${await once(first, 'data')}`).toContain('200 OK');
  first.destroy();
});
