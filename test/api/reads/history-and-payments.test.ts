import { describe, expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { placed, untilStatus } from '../../support/orders/orders.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

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

  it('come with the order in one answer that nobody keeps', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const read = async (path: string) => (await request(stack, path)).json() as Promise<object>;
    const path = `/api/orders/${orderId}`;
    const order = await read(path);
    const { history } = (await read(`${path}/history`)) as { history: object[] };
    const { payments } = (await read(`${path}/payments`)) as { payments: object[] };
    expect([history.length, payments.length]).toEqual([2, 1]);
    for (const [names, more] of [
      ['payments', { payments }],
      ['history', { history }],
      ['history,payments', { history, payments }],
    ] as const) {
      const response = await request(stack, `${path}?expand=${names}`, {
        headers: { 'If-None-Match': '*' },
      });
      expect([response.status, await response.json()]).toEqual([200, { ...order, ...more }]);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
    }
    expect((await request(stack, `${path}?expand=payments`, { sub: 'luis' })).status).toBe(404);
    for (const names of ['', 'secrets', 'payments,', 'payments,secrets']) {
      const refused = await request(stack, `${path}?expand=${names}`);
      expect([names, refused.status]).toEqual([names, 400]);
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
