import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { placed, untilStatus } from '../support/orders/orders.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';
import { type Stack, startStack } from '../support/stack.ts';

let own: OwnServers;
let stack: Stack;
beforeAll(async () => {
  own = await startOwnServers();
  stack = await startStack({ retryMs: 60_000 }, { servers: own.servers });
}, 120_000);
afterAll(async () => {
  own?.thaw('mongodb');
  await stack?.stop();
  await own?.stop();
});

it('requests are answered with 503 while MongoDB does not answer, and work again afterwards', async () => {
  const { orderId } = await placed(stack);
  await untilStatus(stack, orderId, 'PAGADO');
  const admin = { sub: 'olga', role: 'admin' };
  own.freeze('mongodb');
  const requests = [
    request(stack, '/api/orders'),
    request(stack, `/api/orders/${orderId}`),
    request(stack, `/api/orders/${orderId}/history`),
    request(stack, `/api/orders/${orderId}/payments`),
    request(stack, `/api/orders/${orderId}/cancel`, { method: 'POST' }),
    request(stack, `/api/admin/orders/${orderId}/retry`, { method: 'POST', ...admin }),
    request(stack, '/api/orders', {
      method: 'POST',
      body: orderBody(),
      headers: { 'Idempotency-Key': 'while-it-is-down' },
    }),
  ];
  for (const response of await Promise.all(requests)) {
    await expectProblem(response, 503, 'service_unavailable');
    expect(response.headers.get('Retry-After')).toBe('2');
  }
  const stuck = await request(stack, '/api/admin/orders/stuck', admin);
  expect(stuck.status).toBe(200);

  own.thaw('mongodb');
  await eventually(async () => {
    const response = await request(stack, `/api/orders/${orderId}`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'PAGADO' }]);
  });
}, 120_000);
