import { expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack({}, { worker: false });
const other = useStack({}, { worker: false });

const admin = { sub: 'olga', role: 'admin' };
const START = Date.parse('2026-03-01T00:00:00Z');

const seeds = (count: number, status: 'PAGADO' | 'CANCELADO') =>
  Array.from({ length: count }, (_, index) => ({
    ...{ createdAt: new Date(START + index * 1_000).toISOString(), status },
  }));

it('all orders that fit are exported, newest first, a line of JSON for each', async () => {
  const ids = await storedOrders(stack.db, 'ana', seeds(450, 'PAGADO'));
  await storedOrders(stack.db, 'luis', seeds(3, 'CANCELADO'));
  const response = await request(stack, '/api/admin/orders/export?status=PAGADO', admin);
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/x-ndjson');
  const lines = (await response.text()).trimEnd().split('\n');
  const orders = lines.map((line) => JSON.parse(line) as { orderId: string; userId: string });
  expect(orders.map(({ orderId }) => orderId)).toEqual(ids.toReversed());
  const one = await (await request(stack, `/api/orders/${ids[7]}`, admin)).json();
  expect(orders.find(({ orderId }) => orderId === ids[7])).toEqual(one);
});

it('is empty where none fits, and for admins alone', async () => {
  const nothing = await request(stack, '/api/admin/orders/export?userId=nobody', admin);
  expect([nothing.status, await nothing.text()]).toEqual([200, '']);
  expect((await request(stack, '/api/admin/orders/export')).status).toBe(403);
  const wrong = await request(stack, '/api/admin/orders/export?limit=3', admin);
  expect(wrong.status).toBe(400);
});

it('reads no further than it is read, and stops when its reader leaves', async () => {
  await storedOrders(other.db, 'ana', seeds(2_000, 'PAGADO'));
  const read = other.deps.store.list;
  let pages = 0;
  other.deps.store.list = (...args) => {
    pages += 1;
    return read.apply(other.deps.store, args);
  };
  const response = await request(other, '/api/admin/orders/export', admin);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  expect(new TextDecoder().decode(first?.value).split('\n').length).toBeGreaterThan(100);
  await reader?.cancel();
  expect(pages).toBeLessThan(4);
});
