import { describe, expect, it } from '@jest/globals';
import { orderBody, request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import type { OrderAnswer } from '../../support/orders/orders.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { useStack } from '../../support/use-stack.ts';

interface Page {
  orders: OrderAnswer[];
  nextCursor?: string;
  code?: string;
  errors?: unknown[];
}

const stack = useStack();

async function list(query: string, who: { sub?: string; role?: string } = {}) {
  const response = await request(stack, `/api/orders${query}`, who);
  return { response, page: (await response.json()) as Page };
}

/** Follows rel="next" from a first page to the last, and answers the ids on the way. */
async function walk(first: string, who: { sub?: string; role?: string }, between = async () => {}) {
  const pages: string[][] = [];
  for (let next: string | undefined = first; next !== undefined; ) {
    const response: Response = await request(stack, next, who);
    const page = (await response.json()) as Page;
    pages.push(page.orders.map(({ orderId }) => orderId));
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('Link') ?? '')?.[1];
    expect(next === undefined).toBe(page.nextCursor === undefined);
    await between();
  }
  return pages;
}

describe('the list of orders', () => {
  it('shows the orders of the caller with their items, newest first', async () => {
    const sub = 'luis';
    const answers: OrderAnswer[] = [];
    for (const quantity of [1, 2]) {
      const items = [
        { productId: 'P-1002', quantity },
        { productId: 'P-1001', quantity: 1 },
      ];
      const body = orderBody({ items });
      const response = await request(stack, '/api/orders', { method: 'POST', sub, body });
      answers.push((await response.json()) as OrderAnswer);
    }
    await eventually(async () => {
      const { page } = await list('?status=PAGADO', { sub });
      expect(page.orders).toHaveLength(2);
    });
    const { response, page } = await list('', { sub });
    expect([response.status, response.headers.get('Link')]).toEqual([200, null]);
    expect(page.nextCursor).toBeUndefined();
    const reads = await Promise.all(
      answers.reverse().map(async ({ orderId }) => {
        return (await request(stack, `/api/orders/${orderId}`, { sub })).json();
      }),
    );
    expect(page.orders).toEqual(reads);
    expect(page.orders[0]?.items).toMatchObject([
      { productId: 'P-1002', quantity: 2 },
      { productId: 'P-1001', quantity: 1 },
    ]);
  });

  it('is filtered by status and time, for admins also by user', async () => {
    const admin = { sub: 'admin', role: 'admin' };
    const orders = await storedOrders(stack.db, 'filters', [
      { createdAt: '2026-01-01T00:00:00.000Z', status: 'PAGADO' },
      { createdAt: '2026-01-02T00:00:00.000Z', status: 'CREADO' },
      { createdAt: '2026-01-03T00:00:00.000Z', status: 'PAGADO' },
    ]);
    const found = async (query: string, who = admin) =>
      (await list(`?userId=filters${query}`, who)).page.orders.map(({ orderId }) =>
        orders.indexOf(orderId),
      );
    expect(await found('')).toEqual([2, 1, 0]);
    expect(await found('&status=PAGADO')).toEqual([2, 0]);
    expect(await found('&from=2026-01-02')).toEqual([2, 1]);
    expect(await found('&to=2026-01-02T00:00:00Z')).toEqual([0]);
    expect(await found('&from=2026-01-02T01:00:00%2B01:00&to=2026-01-03')).toEqual([1]);
    expect(await found('&status=ENVIADO')).toEqual([]);
    expect(await found('', { sub: 'filters', role: 'user' })).toEqual([2, 1, 0]);
    const other = await list('?userId=filters', { sub: 'ana' });
    expect([other.response.status, other.page.code]).toEqual([403, 'forbidden']);
    const everyone = await list('?to=2026-01-04', admin);
    expect(everyone.page.orders.map(({ orderId }) => orderId)).toEqual([...orders].reverse());
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['status=PAID', 'status'],
    ['from=yesterday', 'from'],
    ['from=2026-01-02&to=2026-01-02', 'to'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('[9e99,"x",{}]').toString('base64url')}`, 'cursor'],
    ['userId[$ne]=ana', 'userId[$ne]'],
  ])('refuses ?%s, and names the parameter', async (query, parameter) => {
    const { response, page } = await list(`?${query}`);
    expect([response.status, page.code]).toEqual([400, 'validation_failed']);
    expect(page.errors).toMatchObject([
      parameter.includes('[') ? { keys: [parameter] } : { parameter },
    ]);
  });
});

describe('the pages of a list', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 1, 1, 0, 0, second)).toISOString();

  it('have each order once, also those of the same instant, while orders are added', async () => {
    const seeds = Array.from({ length: 25 }, (_, index) => ({ createdAt: at(index % 3) }));
    const ids = await storedOrders(stack.db, 'pages', seeds);
    let added = 100;
    const pages = await walk('/api/orders?limit=7', { sub: 'pages' }, async () => {
      await storedOrders(stack.db, 'pages', [{ createdAt: at(added++) }]);
    });
    expect(pages.map((page) => page.length)).toEqual([7, 7, 7, 4]);
    expect(new Set(pages.flat())).toEqual(new Set(ids));
  });

  it('end without a cursor, also when the last one is full', async () => {
    await storedOrders(stack.db, 'full', [{ createdAt: at(1) }, { createdAt: at(2) }]);
    const pages = await walk('/api/orders?limit=1', { sub: 'full' });
    expect(pages.map((page) => page.length)).toEqual([1, 1]);
  });

  it('keep their filters: a cursor of another list is refused', async () => {
    await storedOrders(stack.db, 'cursors', [{ createdAt: at(1) }, { createdAt: at(2) }]);
    const { page } = await list('?limit=1', { sub: 'cursors' });
    const { nextCursor: cursor } = page;
    expect((await list(`?limit=2&cursor=${cursor}`, { sub: 'cursors' })).page.orders).toHaveLength(
      1,
    );
    for (const [query, who] of [
      [`?status=CREADO&cursor=${cursor}`, { sub: 'cursors' }],
      [`?cursor=${cursor}`, { sub: 'ana' }],
    ] as const) {
      const { response, page } = await list(query, who);
      expect(response.status).toBe(400);
      expect(page.errors).toMatchObject([
        { parameter: 'cursor', detail: 'belongs to a list with other filters' },
      ]);
    }
  });
});
