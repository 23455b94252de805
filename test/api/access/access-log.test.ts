import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../src/api/app.ts';
import { createStartingApp } from '../../../src/api/starting-app.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { placeOrder, request, ship } from '../../support/api/requests.ts';
import { untilStatus } from '../../support/orders/orders.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const lines: Record<string, unknown>[] = [];
const log = createLogger('api', 'debug', { write: (line) => void lines.push(JSON.parse(line)) });

let stack: Stack;
let logged: Pick<Stack, 'app'>;
beforeAll(async () => {
  stack = await startStack();
  logged = { app: createApp({ ...stack.deps, log }) };
});
afterAll(async () => {
  await stack?.stop();
});
beforeEach(() => {
  lines.length = 0;
});

const access = () => lines.filter(({ msg }) => msg === 'request');
const audited = () => lines.filter(({ audit }) => audit === true);
const hashOf = (userId: string) => createHash('sha256').update(userId).digest('hex').slice(0, 16);

describe('a request', () => {
  it('leaves one line that says what was asked, and names the user by a hash', async () => {
    const response = await placeOrder(logged);
    const { orderId } = (await response.json()) as { orderId: string };
    await request(logged, `/api/orders/${orderId}?secret=1`);
    expect(access()).toMatchObject([
      {
        level: 'info',
        requestId: response.headers.get('X-Request-Id'),
        method: 'POST',
        route: '/api/orders',
        status: 201,
        ms: expect.any(Number),
        user: hashOf('ana'),
      },
      { method: 'GET', route: '/api/orders/:id', status: 200 },
    ]);
    const text = JSON.stringify(access());
    for (const private_ of ['"ana"', orderId, 'secret', 'Calle Mayor']) {
      expect(text).not.toContain(private_);
    }
  });

  it.each([
    ['without a token', () => logged.app.request('/api/orders'), 401, 'unauthorized'],
    ['that is not valid', () => placeOrder(logged, { items: [] }), 400, 'validation_failed'],
    ['for what is not', () => request(logged, `/api/orders/${randomUUID()}`), 404, 'not_found'],
    ['for no route', () => logged.app.request('/nothing'), 404, 'not_found'],
  ] as const)('%s is found by its request id', async (_name, ask, status, problem) => {
    const { requestId } = (await (await ask()).json()) as { requestId: string };
    const found = lines.filter((line) => line.requestId === requestId);
    expect(found).toMatchObject([{ msg: 'request', status, problem }]);
  });

  it('while the API starts leaves a line too', async () => {
    await createStartingApp(log).request('/api/orders');
    expect(access()).toMatchObject([{ status: 503, problem: 'service_unavailable' }]);
  });

  it('of a probe is of little interest', async () => {
    await logged.app.request('/livez');
    expect(access()).toMatchObject([{ level: 'debug', route: '/livez', status: 200 }]);
  });
});

describe('the audit log', () => {
  it('names the admin who read an order of somebody else or acted on it', async () => {
    const { orderId } = (await (await placeOrder(logged)).json()) as { orderId: string };
    await untilStatus(stack, orderId, 'PAGADO');
    await request(logged, `/api/orders/${orderId}/payments`, { sub: 'eva', role: 'admin' });
    await request(logged, '/api/orders?userId=ana', { sub: 'eva', role: 'admin' });
    await ship(logged, orderId);
    expect(audited()).toMatchObject([
      { by: 'eva', action: 'GET /api/orders/:id/payments', target: orderId, status: 200 },
      { by: 'eva', action: 'GET /api/orders', ofUser: hashOf('ana'), status: 200 },
      { action: 'PATCH /api/orders/:id/status', target: orderId, status: 200 },
    ]);
    for (const { requestId } of audited()) {
      expect(access().filter((line) => line.requestId === requestId)).toHaveLength(1);
    }
  });

  it('has what an admin was refused, and nothing of customers', async () => {
    const orderId = randomUUID();
    await request(logged, `/api/orders/${orderId}`);
    await request(logged, `/api/orders/${orderId}`, { sub: 'eva', role: 'admin' });
    expect(audited()).toMatchObject([{ by: 'eva', target: orderId, status: 404 }]);
  });
});
