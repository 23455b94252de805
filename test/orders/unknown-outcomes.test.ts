import { describe, expect, it } from '@jest/globals';
import { orderBody, request } from '../support/api/requests.ts';
import { documents, outcome, placed, refused, untilStatus } from '../support/orders/orders.ts';
import { fault, fired, ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ retryMs: 3_000 });

const charge = 'POST /api/payments';
const reserve = 'POST /api/inventory/reserve';

describe('a charge without an answer', () => {
  it.each([
    ['an error after it took the money', { kind: 'errorAfter' }],
    ['an error before it did anything', { kind: 'errorBefore' }],
    ['a cut connection', { kind: 'timeout', latencyMs: 50 }],
    ['a page of HTML', { kind: 'garbage', variant: 'html', effect: 'after' }],
    ['half an answer', { kind: 'garbage', variant: 'truncated', effect: 'after' }],
    [
      'another answer than was asked for',
      { kind: 'garbage', variant: 'wrongShape', effect: 'after' },
    ],
    ['an endless answer', { kind: 'garbage', variant: 'huge', effect: 'after' }],
    ['a redirect', { kind: 'errorBefore', status: 302 }],
    ['a request to come later', { kind: 'errorBefore', status: 429, retryAfterSeconds: 1 }],
  ])('but %s is repeated with its key, and taken once', async (_name, rule) => {
    await fault(stack, 'payments', { route: charge, times: 1, ...rule });
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await fired(stack, 'payments')).toBe(1);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'completed' }],
    });
  });
});

describe('a reservation without an answer', () => {
  it('is repeated with its key, and holds the stock once', async () => {
    await fault(stack, 'inventory', { route: reserve, kind: 'errorAfter', times: 2 });
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
  });

  it('for too long is given up and released, for it may be there', async () => {
    await fault(stack, 'inventory', { route: reserve, kind: 'errorAfter' });
    const orderId = await refused(stack, {});
    expect(await outcome(stack, orderId)).toEqual({
      status: 'CANCELADO',
      reason: 'inventory_unavailable',
    });
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO', cancellation: { reason: 'inventory_unavailable' } },
    });
  });

  it('for too long, before anything was held, leaves nothing held', async () => {
    await fault(stack, 'inventory', { route: reserve, kind: 'errorBefore' });
    const orderId = await refused(stack, {});
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['tombstone']);
  });
});

describe('users and products that do not answer at once', () => {
  it.each([
    ['auth', 'GET /api/users/{id}', 'carla', 'P-1001'],
    ['products', 'POST /api/products/batch', 'ana', 'P-1005'],
  ] as const)('are asked again: %s', async (service, route, sub, productId) => {
    await fault(stack, service, { route, kind: 'errorBefore', times: 2 });
    const response = await request(stack, '/api/orders', {
      method: 'POST',
      body: orderBody({ items: [{ productId, quantity: 1 }] }),
      sub,
    });
    expect(response.status).toBe(201);
    expect(await fired(stack, service)).toBe(2);
  });
});
