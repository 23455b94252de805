import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ServiceName } from '../../../simulators/simulators.ts';
import {
  call,
  effects,
  type Json,
  levels,
  line,
  nextOrder,
  outcome,
  release,
  reserve,
  useSimulators,
  world,
} from '../../support/services/simulators.ts';

useSimulators();

describe('users and products', () => {
  test('a user is found with role and activity, and can be changed', async () => {
    expect((await call('auth', 'GET /api/users/admin')).body).toMatchObject({ role: 'admin' });
    expect((await call('auth', 'GET /api/users/marta')).body).toMatchObject({ active: false });
    expect(outcome(await call('auth', 'GET /api/users/nobody'))).toEqual([404, 'user_not_found']);
    await call('auth', 'PUT /admin/users/eva', { role: 'admin' });
    expect((await call('auth', 'GET /api/users/eva')).body).toMatchObject({ role: 'admin' });
  });

  test('products come in one batch, priced in exact decimals, the missing ones named', async () => {
    await call('products', 'PUT /admin/products/P-1006', { price: 0.1, active: false });
    const ids = ['P-1001', 'P-1006', 'P-0000', 'P-1001'];
    const { body } = await call('products', 'POST /api/products/batch', { ids });
    expect(body).toEqual({
      products: [
        expect.objectContaining({ id: 'P-1001', price: 19.99, currency: 'EUR', active: true }),
        expect.objectContaining({ id: 'P-1006', price: 0.1, active: false }),
      ],
      missing: ['P-0000'],
    });
  });

  test('what does not fit the contract is refused', async () => {
    const batch = (body: unknown) => call('products', 'POST /api/products/batch', body);
    expect(outcome(await batch({ ids: [] }))).toEqual([400, 'invalid_request']);
    const text = { 'content-type': 'text/plain' };
    const typed = await call('products', 'POST /api/products/batch', {}, text);
    expect(outcome(typed)).toEqual([415, 'unsupported_media_type']);
    expect(outcome(await batch({ ids: ['x'.repeat(300_000)] }))).toEqual([413, 'body_too_large']);
    expect(typed.headers.get('content-type')).toBe('application/problem+json');
  });

  test('each service publishes its contract and a page', async () => {
    for (const [service, url] of Object.entries(world.simulators.urls) as [ServiceName, string][]) {
      const { body } = await call(service, 'GET /openapi.json');
      expect(Object.keys(body.paths as Json).join()).toMatch(/^\/api\/[^,]+(,\/api\/[^,]+)*$/);
      expect(await (await fetch(url)).text()).toContain(`<h1>${service}</h1>`);
      expect((await call(service, 'GET /livez')).status).toBe(200);
    }
  });
});

describe('stock', () => {
  test('a reservation holds the sum of its lines once, and its release returns it once', async () => {
    const before = (await levels()).get('P-1003');
    const items = [line('P-1003', 2), line('P-1004', 1), line('P-1003', 3)];
    const first = await reserve(items);
    const again = await reserve([...items].reverse());
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(first.body.items).toEqual([line('P-1003', 5), line('P-1004', 1)]);
    expect((await levels()).get('P-1003')?.available).toBe((before?.available ?? 0) - 5);
    expect(outcome(await reserve([line('P-1003', 1)]))).toEqual([422, 'reservation_conflict']);
    expect((await release()).body).toMatchObject({ status: 'released' });
    expect((await release()).status).toBe(200);
    expect((await levels()).get('P-1003')).toEqual(before);
    expect(outcome(await reserve(items))).toEqual([409, 'reservation_released']);
    expect(await effects('inventory')).toEqual(['reserve', 'release']);
  });

  test('too little stock holds nothing, says what there is, and is not remembered', async () => {
    const items = [line('P-1001', 1), line('P-1013', 2)];
    const refused = await reserve(items);
    expect(outcome(refused)).toEqual([409, 'insufficient_stock']);
    expect(refused.body.items).toEqual([{ productId: 'P-1013', requested: 2, available: 0 }]);
    expect(outcome(await reserve([line('P-0', 1)]))).toEqual([422, 'unknown_product']);
    expect(await effects('inventory')).toEqual([]);
    await call('inventory', 'PUT /admin/stock/P-1013', { available: 2 });
    expect((await reserve(items)).status).toBe(201);
  });

  test('releasing what was never reserved stops a reserve that lands later', async () => {
    expect(outcome(await release())).toEqual([404, 'reservation_not_found']);
    expect(outcome(await reserve([line('P-1001', 1)]))).toEqual([409, 'reservation_released']);
    expect((await release()).status).toBe(404);
    expect(await effects('inventory')).toEqual(['tombstone']);
  });

  test('any sequence of reserving and releasing keeps stock plus held constant', async () => {
    const ids = ['P-1012', 'P-1011', 'P-4002'];
    const start = await levels();
    const items = fc.array(
      fc.record({ productId: fc.constantFrom(...ids), quantity: fc.integer({ min: 1, max: 300 }) }),
      { minLength: 1, maxLength: 3 },
    );
    const operation = fc.record({ id: fc.nat(4), items: fc.option(items) });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 20 }), async (operations) => {
        nextOrder();
        for (const { id, items } of operations) {
          const reservation = `stock-${world.orders}:${id}`;
          const { status } = await (items ? reserve(items, reservation) : release(reservation));
          expect(status).toBeLessThan(500);
        }
        const now = await levels();
        for (const id of ids) {
          const [was, is] = [start.get(id), now.get(id)];
          expect(is?.available).toBeGreaterThanOrEqual(0);
          expect((is?.available ?? 0) + (is?.held ?? 0)).toBe(
            (was?.available ?? 0) + (was?.held ?? 0),
          );
        }
        for (const id of [0, 1, 2, 3, 4]) await release(`stock-${world.orders}:${id}`);
      }),
      { numRuns: 40 },
    );
    expect(await levels()).toEqual(start);
  });
});
