import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pageTokenOf } from '../../src/api/http/cursor.ts';
import { stuckOrdersWorkflowId } from '../../src/contract/stuck-orders.ts';
import { orderNumberOf } from '../../src/domain/order-number.ts';
import { expectProblem } from '../support/api/problems.ts';
import { placeOrder, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { stuckAtCharge, untilStuck } from '../support/operators/operators.ts';
import { untilQuiet } from '../support/operators/stuck-orders-page.ts';
import { documents, paid, placed, untilStatus } from '../support/orders/orders.ts';
import { testServers } from '../support/servers/servers.ts';
import { ledger, types } from '../support/services/services.ts';
import { startStack } from '../support/stack.ts';
import { useStack } from '../support/use-stack.ts';

interface StuckPage {
  orders: { orderId: string; step: string; url: string; [field: string]: unknown }[];
  total: number;
  nextCursor?: string;
}

const stack = useStack();

const NOBODYS = '6a0f5f3e-0000-4000-8000-000000000000';
const admin = (path: string, method = 'GET', body?: unknown) =>
  request(stack, `/api/admin/orders${path}`, { method, body, sub: 'olga', role: 'admin' });

async function stuck(query = ''): Promise<StuckPage> {
  const response = await admin(`/stuck${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as StuckPage;
}

const forged = (place: string) => pageTokenOf(Buffer.from(place), {});

describe('the routes of the admin', () => {
  it.each([
    ['GET', '/stuck'],
    ['POST', '/stuck/retry'],
    ['POST', `/${NOBODYS}/retry`],
    ['POST', `/${NOBODYS}/confirm-payment`],
    ['POST', `/${NOBODYS}/confirm-refund`],
  ])('are closed to users, before anything is looked at: %s %s', async (method, path) => {
    const body = method === 'POST' ? 'nonsense' : undefined;
    const response = await request(stack, `/api/admin/orders${path}`, { method, body });
    await expectProblem(response, 403, 'forbidden');
  });

  it.each([
    ['a step that is no word', '/stuck?failedStep=a"b', 'failedStep'],
    ['a limit of 501', '/stuck?limit=501', 'limit'],
    ['a token that is none', '/stuck?cursor=nonsense', 'cursor'],
    ['a forged token', `/stuck?cursor=${forged('nonsense')}`, 'cursor'],
    ['a token with a forged place', `/stuck?cursor=${forged('{"RunID":"x"}')}`, 'cursor'],
  ])('refuse %s', async (_name, path, parameter) => {
    const { errors } = await expectProblem(await admin(path), 400, 'validation_failed');
    expect(errors).toMatchObject([{ parameter }]);
  });

  it('know no order that does not exist', async () => {
    await expectProblem(await admin(`/${NOBODYS}/retry`, 'POST'), 404, 'not_found');
  });
});

describe('a stuck order', () => {
  it('is listed with what failed, since when, and a link, until it is retried', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    const [listed] = await eventually(async () => {
      const { orders } = await stuck('?failedStep=chargePayment');
      expect(orders.map((order) => order.orderId)).toEqual([orderId]);
      return orders;
    });
    expect(listed).toEqual({
      orderId,
      orderNumber: orderNumberOf(orderId),
      pausedSteps: [],
      workflowId: `order-${orderId}`,
      step: 'chargePayment',
      failure: expect.stringMatching(/^payments_/),
      isPaused: false,
      isFailing: false,
      since: expect.stringMatching(/^\d{4}-.+Z$/),
      orderStatus: 'CREADO',
      userId: 'ana',
      url: `/namespaces/default/workflows/order-${orderId}`,
    });
    expect((await stuck('?failedStep=placeOrder')).orders).toEqual([]);

    await repair();
    const response = await admin(`/${orderId}/retry`, 'POST', { note: 'payments is back' });
    expect(response.status).toBe(200);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    const { history } = await documents(stack, orderId);
    expect(history[1]).toMatchObject({
      comment: 'retry',
      note: 'payments is back',
      createdBy: 'olga',
    });
    await expectProblem(await admin(`/${orderId}/retry`, 'POST'), 409, 'illegal_transition');
    await eventually(async () => expect((await stuck()).total).toBe(0));
  });

  it('is paid by the word of an admin', async () => {
    const { orderId } = await stuckAtCharge(stack);
    await expectProblem(
      await admin(`/${orderId}/confirm-payment`, 'POST', {}),
      400,
      'validation_failed',
    );
    const response = await admin(`/${orderId}/confirm-payment`, 'POST', {
      transactionId: 'tx-1',
      note: 'seen at the bank',
    });
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'PAGADO' }]);
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'completed', transactionId: 'tx-1' }],
    });
  });
});

describe('an order that owes no money', () => {
  it('takes no evidence of a refund', async () => {
    const orderId = await paid(stack);
    const path = `/${orderId}/confirm-refund`;
    const { errors } = await expectProblem(
      await admin(path, 'POST', { note: 'sent by the bank' }),
      400,
      'validation_failed',
    );
    expect(errors).toMatchObject([{ pointer: '#/transactionId' }]);
    const body = { transactionId: 'rf-12', note: 'sent by the bank' };
    await expectProblem(await admin(path, 'POST', body), 409, 'illegal_transition');
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO', version: 2 },
      payments: [{ paymentStatus: 'completed' }],
    });
  });
});

describe('many stuck orders', () => {
  it('are listed page by page, and retried by one request', async () => {
    const { repair } = await stuckAtCharge(stack);
    const others = await Promise.all([1, 2, 3, 4].map(() => placed(stack)));
    for (const { orderId } of others) await untilStuck(stack, orderId, 'chargePayment');
    const all = await eventually(async () => {
      const page = await stuck();
      expect(page).toMatchObject({ total: 5, orders: { length: 5 } });
      return page.orders.map(({ orderId }) => orderId);
    });
    const seen: string[] = [];
    for (let page = await stuck('?limit=2'); ; ) {
      seen.push(...page.orders.map(({ orderId }) => orderId));
      if (page.nextCursor === undefined) break;
      page = await stuck(`?limit=2&cursor=${page.nextCursor}`);
    }
    expect([...seen].sort()).toEqual([...all].sort());
    const first = await admin('/stuck?limit=2');
    const { nextCursor } = (await first.json()) as StuckPage;
    const next = `/api/admin/orders/stuck?limit=2&cursor=${nextCursor}`;
    expect(first.headers.get('Link')).toBe(`<${next}>; rel="next"`);

    await untilQuiet(stack);
    const nothing = await admin('/stuck/retry', 'POST', { failedStep: 'voidPayment' });
    const url = `/namespaces/default/workflows/${stuckOrdersWorkflowId(stack.taskQueue)}`;
    expect(await nothing.json()).toEqual({
      ...{ state: 'done', matched: 0, signalled: 0, stillStuck: 0, url },
    });
    await repair();
    const bulkUrl = `/namespaces/default/workflows/bulk-retry-${stack.taskQueue}-chargePayment-all`;
    const response = await admin('/stuck/retry', 'POST', { failedStep: 'chargePayment' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { state: 'done', matched: 5, signalled: 5, stillStuck: 0, url: bulkUrl },
    ]);
    for (const orderId of all) {
      await untilStatus(stack, orderId, 'PAGADO');
      expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    }
  });
});

describe('an order whose code fails', () => {
  it('is listed as stuck in the code', async () => {
    const idle = await startStack({}, { worker: false, deadlineMs: 1_000 });
    const { taskQueue } = idle;
    const address = testServers().temporalAddress;
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowsPath: fileURLToPath(
        new URL('../support/operators/broken-workflows.ts', import.meta.url),
      ),
    });
    const running = worker.run();
    try {
      const { orderId } = (await (await placeOrder(idle)).json()) as { orderId: string };
      await eventually(async () => {
        const path = '/api/admin/orders/stuck';
        const response = await request(idle, path, { sub: 'olga', role: 'admin' });
        expect(await response.json()).toMatchObject({
          total: 1,
          orders: [{ orderId, step: 'code', failure: 'workflow_task', orderStatus: 'CREADO' }],
        });
      }, 90_000);
    } finally {
      worker.shutdown();
      await running;
      await connection.close();
      await idle.stop();
    }
  }, 180_000);
});
