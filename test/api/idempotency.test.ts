import { randomUUID } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { hashOf } from '../../src/api/orders/request-hash.ts';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { startWorker } from '../../src/worker.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { expectForgotten, forget } from '../support/operators/forget.ts';
import { documents, type OrderAnswer, outcome, untilStatus } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { useStack } from '../support/use-stack.ts';

jest.setTimeout(180_000);

const stack = useStack();

function place(key: string, body: unknown = orderBody(), headers = {}, on: Stack = stack) {
  return request(on, '/api/orders', {
    method: 'POST',
    body,
    headers: { 'Idempotency-Key': key, ...headers },
  });
}

async function answered(response: Response): Promise<OrderAnswer> {
  const order = (await response.json()) as OrderAnswer;
  if (response.status !== 201) throw new Error(JSON.stringify(order));
  return order;
}

const isReplayed = (response: Response) => response.headers.get('Idempotent-Replayed') === 'true';
const ordersOf = (key: string) =>
  stack.db.collection('orders').countDocuments({ idempotencyKey: key });

describe('the same request with the same key', () => {
  it('makes one order, also when it is sent fifty times at once', async () => {
    const key = randomUUID();
    const send = async (): Promise<Response> => {
      const response = await place(key);
      // As a client does: fifty connections at once may be too much for a busy machine.
      return response.status === 503 ? send() : response;
    };
    const responses = await Promise.all(Array.from({ length: 50 }, send));
    const orders = await Promise.all(responses.map(answered));
    const ids = new Set(orders.map(({ orderId }) => orderId));
    expect(ids.size).toBe(1);
    const firsts = responses.filter((response) => !isReplayed(response));
    expect(firsts.length).toBeLessThanOrEqual(1);
    expect(await ordersOf(key)).toBe(1);
    const [orderId = ''] = ids;
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
  });

  it('may have its properties in another order', async () => {
    const key = randomUUID();
    const body = orderBody({ metadata: { a: '1', b: '2' }, expectedTotal: 39.98 });
    const turned = Object.fromEntries(
      Object.entries({ ...body, metadata: { b: '2', a: '1' }, expectedTotal: '39.98' }).reverse(),
    );
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(body));
    const first = await answered(await place(key, body));
    const again = await place(key, turned);
    expect((await answered(again)).orderId).toBe(first.orderId);
    expect(isReplayed(again)).toBe(true);
  });

  it('gives the same order after it is closed, and after Temporal has forgotten it', async () => {
    const key = randomUUID();
    const { orderId } = await answered(await place(key));
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    await outcome(stack, orderId);
    const closed = await place(key);
    expect(await answered(closed)).toMatchObject({ orderId, status: 'ENVIADO' });
    await forget(stack, orderId);
    const forgotten = await place(key);
    expect(await answered(forgotten)).toMatchObject({ orderId, status: 'ENVIADO' });
    const async = await place(key, orderBody(), { Prefer: 'respond-async' });
    expect(await answered(async)).toMatchObject({ orderId, status: 'ENVIADO' });
    expect([closed, forgotten, async].map(isReplayed)).toEqual([true, true, true]);
    await expectProblem(
      await place(key, orderBody({ paymentMethod: 'paypal' })),
      422,
      'idempotency_key_reused',
    );
    await expectForgotten(stack, orderId);
    expect(await ordersOf(key)).toBe(1);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('starts no order anew that is recorded and that Temporal has forgotten while it was open', async () => {
    const key = randomUUID();
    const [orderId, body] = [orderIdFor('ana', key), orderBody()];
    const { orderId: other } = await answered(await place(randomUUID(), body));
    const { _id, ...order } = (await documents(stack, other)).order ?? {};
    await stack.db.collection('orders').insertOne({
      ...order,
      ...{ uuid: orderId, idempotencyKey: key, orderNumber: key, status: 'CREADO', version: 1 },
      requestHash: hashOf(body),
    });
    const response = await place(key, body);
    expect(await answered(response)).toMatchObject({ orderId, status: 'CREADO' });
    expect(isReplayed(response)).toBe(true);
    await expectForgotten(stack, orderId);
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
  });

  it('is refused in the same way, also after Temporal has forgotten it, and may be tried anew when nothing is known of it', async () => {
    const key = randomUUID();
    const body = orderBody({ items: [{ productId: 'P-0', quantity: 1 }] });
    for (const again of [1, 2]) {
      const problem = await expectProblem(await place(key, body), 422, 'product_unavailable');
      expect([again, problem.lines]).toEqual([again, expect.anything()]);
    }
    await expectProblem(await place(key), 422, 'idempotency_key_reused');
    await expectProblem(
      await place(key, orderBody(), { Prefer: 'respond-async' }),
      422,
      'idempotency_key_reused',
    );
    const orderId = orderIdFor('ana', key);
    await forget(stack, orderId);
    for (const prefer of ['', 'wait=5', 'respond-async']) {
      const problem = await expectProblem(
        await place(key, body, { Prefer: prefer }),
        422,
        'product_unavailable',
      );
      expect([prefer, problem.lines]).toEqual([prefer, expect.anything()]);
      const other = await place(key, orderBody(), { Prefer: prefer });
      await expectProblem(other, 422, 'idempotency_key_reused');
    }
    await expectForgotten(stack, orderId);
    const expired = { $set: { expiresAt: new Date() } };
    await stack.db.collection<{ _id: string }>('refusals').updateOne({ _id: orderId }, expired);
    const anew = await place(key);
    expect(isReplayed(anew)).toBe(false);
    await untilStatus(stack, (await answered(anew)).orderId, 'PAGADO');
  });

  it('is refused for want of stock with what there was, and later without', async () => {
    const key = randomUUID();
    await fetch(`${stack.simulators.urls.inventory}/admin/stock/P-1003`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"available":3}',
    });
    const body = orderBody({ items: [{ productId: 'P-1003', quantity: 4 }] });
    for (const again of [1, 2]) {
      const problem = await expectProblem(await place(key, body), 409, 'insufficient_stock');
      expect([again, problem.lines]).toMatchObject([again, [{ productId: 'P-1003' }]]);
      await untilStatus(stack, orderIdFor('ana', key), 'CANCELADO');
    }
    await outcome(stack, orderIdFor('ana', key));
    await forget(stack, orderIdFor('ana', key));
    const problem = await expectProblem(await place(key, body), 409, 'insufficient_stock');
    expect(problem).toMatchObject({ orderId: orderIdFor('ana', key) });
    expect(await ordersOf(key)).toBe(1);
  });
});

describe('a request whose first one is still in flight', () => {
  it('waits with it, and is told to retry at the deadline', async () => {
    const idle = await startStack({}, { worker: false, deadlineMs: 2_000 });
    try {
      const key = randomUUID();
      const first = await place(key, orderBody(), {}, idle);
      expect([first.status, isReplayed(first), first.headers.get('Retry-After')]).toEqual([
        202,
        false,
        '2',
      ]);
      const again = await place(key, orderBody(), {}, idle);
      await expectProblem(again, 409, 'request_in_progress');
      expect(again.headers.get('Retry-After')).toBe('2');
      const other = await place(key, orderBody({ paymentMethod: 'paypal' }), {}, idle);
      await expectProblem(other, 422, 'idempotency_key_reused');

      const worker = await startWorker(loadWorkerConfig(idle.workerEnv));
      try {
        const placed = await eventually(async () => {
          const response = await place(key, orderBody(), {}, idle);
          expect(response.status).toBe(201);
          return response;
        });
        expect(isReplayed(placed)).toBe(true);
        await untilStatus(idle, (await answered(placed)).orderId, 'PAGADO');
      } finally {
        await worker.stop();
      }
    } finally {
      await idle.stop();
    }
  });
});

describe('a request without a key', () => {
  it('is an order of its own each time', async () => {
    const send = () => request(stack, '/api/orders', { method: 'POST', body: orderBody() });
    const responses = [await send(), await send()];
    const [one, two] = await Promise.all(responses.map(answered));
    expect(one?.orderId).not.toBe(two?.orderId);
    expect(responses.map(isReplayed)).toEqual([false, false]);
  });
});
