import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readPreferences } from '../../src/api/http/prefer.ts';
import { anotherApi } from '../support/api/app.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, type OrderAnswer, untilStatus } from '../support/orders/orders.ts';
import { fault, ledger, types } from '../support/services/services.ts';
import { startStack } from '../support/stack.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

function place(prefer: string, body: Record<string, unknown> = {}, key: string = randomUUID()) {
  return request(stack, '/api/orders', {
    method: 'POST',
    body: orderBody(body),
    headers: { Prefer: prefer, 'Idempotency-Key': key },
  });
}

describe('Prefer: respond-async', () => {
  it('answers 202 at once with where to look, and the order proceeds', async () => {
    const key = randomUUID();
    const response = await place('respond-async', {}, key);
    const { orderId } = (await response.json()) as OrderAnswer;
    expect(response.status).toBe(202);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location: `/api/orders/${orderId}`,
      'retry-after': '2',
      'preference-applied': 'respond-async',
    });
    await untilStatus(stack, orderId, 'PAGADO');
    const again = await place('respond-async', {}, key);
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([201, 'true']);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('answers before any worker has looked at the order, and refuses another body', async () => {
    const idle = await startStack({}, { worker: false });
    try {
      const key = randomUUID();
      const send = (body = {}) =>
        request(idle, '/api/orders', {
          method: 'POST',
          body: orderBody(body),
          headers: { Prefer: 'respond-async', 'Idempotency-Key': key },
        });
      const [first, again] = [await send(), await send()];
      expect([first, again].map(({ status }) => status)).toEqual([202, 202]);
      expect([first, again].map(({ headers }) => headers.get('Idempotent-Replayed'))).toEqual([
        null,
        'true',
      ]);
      await expectProblem(await send({ paymentMethod: 'paypal' }), 422, 'idempotency_key_reused');
    } finally {
      await idle.stop();
    }
  });
});

describe('a placement that was refused', () => {
  const unknown = { items: [{ productId: 'P-0', quantity: 1 }] };

  it('is found at Location, by who placed it, with the problem that repeats are answered with', async () => {
    const key = randomUUID();
    const response = await place('respond-async', unknown, key);
    expect(response.status).toBe(202);
    const location = response.headers.get('Location') ?? '';
    const shown = await eventually(async () => {
      const found = await request(stack, location);
      expect(found.status).toBe(200);
      return (await found.json()) as { problem: Record<string, unknown> };
    });
    const { orderId } = (await response.json()) as OrderAnswer;
    for (const prefer of ['', 'wait=5', 'respond-async']) {
      const again = await expectProblem(
        await place(prefer, unknown, key),
        422,
        'product_unavailable',
      );
      expect(shown).toEqual({
        orderId,
        status: 'refused',
        problem: { ...again, requestId: expect.any(String) },
      });
    }
    const look = (as: object) => request(stack, location, as);
    expect((await look({ sub: 'luis' })).status).toBe(404);
    expect((await look({ sub: 'olga', role: 'admin' })).status).toBe(200);
    expect((await documents(stack, orderId)).order).toBeNull();
  });
});

describe('a placed order that its customer cancelled', () => {
  it('is answered as it is, whatever Prefer says', async () => {
    const key = randomUUID();
    const { orderId } = (await (await place('wait=25', {}, key)).json()) as OrderAnswer;
    const cancel = await request(stack, `/api/orders/${orderId}/cancel`, { method: 'POST' });
    expect(cancel.status).toBe(200);
    for (const prefer of ['', 'wait=5', 'respond-async']) {
      const again = await place(prefer, {}, key);
      expect([again.status, await again.json()]).toMatchObject([201, { status: 'CANCELADO' }]);
    }
  });
});

describe('Prefer: wait', () => {
  it('answers with the paid order', async () => {
    const response = await place('wait=25');
    expect([response.status, await response.json()]).toMatchObject([
      201,
      { status: 'PAGADO', version: 2 },
    ]);
    expect(response.headers.get('Preference-Applied')).toBe('wait=25');
    expect(response.headers.get('ETag')).toMatch(/^"2\./);
  });

  it('answers with the decline, and says which order it was', async () => {
    const key = randomUUID();
    for (const again of [1, 2]) {
      const response = await place('wait=25', { paymentToken: 'tok_declined' }, key);
      const { orderId } = await expectProblem(response, 422, 'payment_declined');
      const { order, payments } = await documents(stack, `${orderId}`);
      expect([again, order]).toMatchObject([again, { status: 'CANCELADO' }]);
      expect(payments).toMatchObject([{ paymentStatus: 'failed' }]);
    }
    for (const prefer of ['', 'respond-async']) {
      const again = await place(prefer, { paymentToken: 'tok_declined' }, key);
      await expectProblem(again, 422, 'payment_declined');
    }
  });

  it('answers with a refusal as without it', async () => {
    const response = await place('wait=25', { items: [{ productId: 'P-0', quantity: 1 }] });
    await expectProblem(response, 422, 'product_unavailable');
  });

  it('answers with the order as it is when the payment takes longer', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore' });
    const waited = await place('wait=8');
    expect([waited.status, await waited.json()]).toMatchObject([201, { status: 'CREADO' }]);
    const async = await place('respond-async, wait=8');
    expect(async.status).toBe(202);
    expect(async.headers.get('Preference-Applied')).toBe('respond-async, wait=8');
  });

  it('does not wait for a bank transfer', async () => {
    const response = await place('wait=25', { paymentMethod: 'bank_transfer' });
    expect([response.status, await response.json()]).toMatchObject([201, { status: 'CREADO' }]);
  });

  it('answers 202 when no worker takes the order in that time', async () => {
    const idle = await startStack({}, { worker: false });
    try {
      const { app } = anotherApi(idle, { deadlineMs: 500 });
      const response = await request({ app }, '/api/orders', {
        method: 'POST',
        body: orderBody(),
        headers: { Prefer: 'wait=1' },
      });
      expect([response.status, await response.json()]).toMatchObject([
        202,
        { orderId: expect.any(String), status: 'accepted' },
      ]);
    } finally {
      await idle.stop();
    }
  });
});

describe('the header Prefer', () => {
  it.each([
    [undefined, { respondAsync: false, wait: { until: 'placed' }, applied: undefined }],
    ['respond-async', { respondAsync: true, wait: { until: 'taken' }, applied: 'respond-async' }],
    ['wait=10', { respondAsync: false, wait: { until: 'paid', ms: 10_000 }, applied: 'wait=10' }],
    [
      'WAIT = "10"; strict, Respond-Async',
      { respondAsync: true, wait: { until: 'paid', ms: 10_000 } },
    ],
    ['wait=999', { wait: { until: 'paid', ms: 30_000 }, applied: 'wait=30' }],
    ['wait=3, wait=9', { wait: { until: 'paid', ms: 3_000 } }],
    ['wait=0', { wait: { until: 'taken' }, applied: 'wait=0' }],
    ['wait=-1, wait=soon, handling=lenient', { wait: { until: 'placed' }, applied: undefined }],
  ])('%s is understood as far as it makes sense', (header, expected) => {
    expect(readPreferences(header)).toMatchObject(expected);
  });
});
