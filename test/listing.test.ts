import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../src/migrate.ts';
import { connectStore } from '../src/store/connection.ts';
import { databaseOf, migrateDown } from '../src/store/migrations.ts';
import { type OrderFilter, OrderQueries } from '../src/store/order-queries.ts';
import { eventually } from './support/eventually.ts';
import { explained } from './support/explain.ts';
import { type OrderAnswer, placed, untilStatus } from './support/orders.ts';
import { orderBody, request } from './support/requests.ts';
import { type Stack, startStack } from './support/stack.ts';
import { storedOrders } from './support/stored-orders.ts';

interface Page {
  orders: OrderAnswer[];
  nextCursor?: string;
  code?: string;
  errors?: unknown[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack?.stop();
});

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

describe('history and payments', () => {
  it('are shown to the owner and to admins, and to nobody else', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    for (const who of [{}, { sub: 'olga', role: 'admin' }]) {
      const history = await request(stack, `/api/orders/${orderId}/history`, who);
      expect([history.status, await history.json()]).toEqual([
        200,
        {
          orderId,
          history: [
            {
              version: 1,
              status: 'CREADO',
              comment: 'order placed',
              createdAt: expect.any(String),
              createdBy: 'ana',
            },
            {
              version: 2,
              status: 'PAGADO',
              comment: 'payment captured',
              createdAt: expect.any(String),
              createdBy: 'system',
            },
          ],
        },
      ]);
      const payments = await request(stack, `/api/orders/${orderId}/payments`, who);
      expect([payments.status, await payments.json()]).toEqual([
        200,
        {
          orderId,
          payments: [
            {
              paymentMethod: 'credit_card',
              paymentStatus: 'completed',
              amount: 39.98,
              currency: 'EUR',
              total: { amount: '39.98', minor: 3998, currency: 'EUR' },
              transactionId: expect.any(String),
              createdAt: expect.any(String),
              updatedAt: expect.any(String),
            },
          ],
        },
      ]);
    }
    for (const path of ['history', 'payments']) {
      const response = await request(stack, `/api/orders/${orderId}/${path}`, { sub: 'luis' });
      expect(response.status).toBe(404);
    }
  });

  it('show no row that the order has not come to', async () => {
    const [orderId = ''] = await storedOrders(stack.db, 'half', [
      { createdAt: '2026-01-01T00:00:00Z' },
    ]);
    const row = { orderId, createdAt: new Date(), createdBy: 'system', comment: '' };
    await stack.db.collection('orderstatushistory').insertMany([
      { ...row, status: 'CREADO', version: 1 },
      { ...row, status: 'PAGADO', version: 2 },
    ]);
    const response = await request(stack, `/api/orders/${orderId}/history`, { sub: 'half' });
    expect(await response.json()).toMatchObject({ history: [{ version: 1 }] });
  });
});

describe('every read', () => {
  it.each<[string, OrderFilter]>([
    ['everything', {}],
    ['of a user', { userId: 'busy-3' }],
    ['of a status', { status: 'PAGADO' }],
    ['of a user and a status', { userId: 'busy-3', status: 'PAGADO' }],
    ['of a time', { from: new Date('2026-03-01T00:00:10Z'), to: new Date('2026-03-01T00:00:20Z') }],
  ])('uses an index and looks at no more than it returns: a list %s', async (_name, filter) => {
    const store = await busyStore();
    const first = await store.list(filter, 10);
    const last = first.at(-1);
    for (const after of [undefined, last]) {
      const { queries, result } = await explained(store.connection, () =>
        store.list(filter, 10, after),
      );
      expect(result.length).toBeGreaterThan(0);
      expect(queries.map(({ collection }) => collection)).toEqual(['orders', 'orderitems']);
      for (const { stages, examined, returned } of queries) {
        expect(stages).toContain('IXSCAN');
        expect(stages).not.toContain('COLLSCAN');
        expect(examined).toBeLessThanOrEqual(returned + 1);
      }
      expect(queries[0]?.stages).not.toContain('SORT');
    }
  });

  it('uses an index and looks at no more than it returns: one order, its history, its payments', async () => {
    const store = await busyStore();
    const [order] = await store.list({}, 1);
    if (order === undefined) throw new Error('there is no order');
    const { queries } = await explained(store.connection, async () => {
      await store.find(order.orderId);
      await store.findByKey(order.userId, 'no-such-key');
      await store.history(order);
      await store.payments(order.orderId);
    });
    expect(queries).toHaveLength(5);
    for (const { stages, examined, returned } of queries) {
      expect(stages).toContain('IXSCAN');
      expect(examined).toBeLessThanOrEqual(returned + 1);
    }
  });

  let busy: OrderQueries | undefined;
  /** 600 orders of 6 users, ten in each instant. */
  async function busyStore(): Promise<OrderQueries> {
    if (busy !== undefined) return busy;
    const connection = await connectStore(stack.workerEnv.MONGODB_URI, { monitorCommands: true });
    for (let user = 0; user < 6; user++) {
      await storedOrders(
        stack.db,
        `busy-${user}`,
        Array.from({ length: 100 }, (_, index) => ({
          createdAt: new Date(Date.UTC(2026, 2, 1, 0, 0, index % 60)).toISOString(),
          status: index % 2 ? ('PAGADO' as const) : ('CREADO' as const),
        })),
      );
    }
    busy = new OrderQueries(connection);
    return busy;
  }
  afterAll(async () => {
    await busy?.connection.close();
  });
});

describe('the migration of the indexes', () => {
  it('is taken back with all orders in place', async () => {
    const uri = stack.workerEnv.MONGODB_URI.replace(/test-[\w-]+/, `test-${randomUUID()}`);
    await migrate(uri, 'up');
    const connection = await connectStore(uri);
    try {
      const database = databaseOf(connection);
      await storedOrders(database.db, 'ana', [{ createdAt: '2026-01-01T00:00:00Z' }]);
      for (let undone = ''; undone !== '0002-listing.js'; ) {
        undone = (await migrateDown(database))[0] ?? 'none';
        expect(undone).not.toBe('none');
      }
      const indexes = await database.db.collection('orders').indexes();
      expect(indexes.map(({ key }) => Object.keys(key).join(' ')).sort()).toEqual(
        [
          '_id',
          'uuid',
          'orderNumber',
          'userId createdAt',
          'status createdAt',
          'updatedAt uuid',
          'userId idempotencyKey',
        ].sort(),
      );
      expect(await database.db.collection('orders').countDocuments()).toBe(1);
    } finally {
      await connection.dropDatabase();
      await connection.close();
    }
  });
});
