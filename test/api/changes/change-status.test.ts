import { describe, expect, it } from '@jest/globals';
import { anotherApi } from '../../support/api/app.ts';
import { expectProblem } from '../../support/api/problems.ts';
import { request, ship } from '../../support/api/requests.ts';
import { token } from '../../support/api/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { documents, outcome, paid, placed, untilStatus } from '../../support/orders/orders.ts';
import { fault, ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const cancel = (orderId: string, body?: unknown, sub = 'ana') =>
  request(stack, `/api/orders/${orderId}/cancel`, { method: 'POST', body, sub });
const change = (orderId: string, body: unknown) =>
  request(stack, `/api/orders/${orderId}/status`, {
    method: 'PATCH',
    sub: 'olga',
    role: 'admin',
    body,
  });

describe('cancelling an order', () => {
  it('is for its owner, gives everything back, and answers with the order', async () => {
    const orderId = await paid(stack);
    await expectProblem(await cancel(orderId, {}, 'luis'), 404, 'not_found');
    const response = await cancel(orderId, { reason: 'ordered twice' });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'CANCELADO', version: 3, cancellation: { reason: 'ordered twice', by: 'ana' } },
    ]);
    expect(response.headers.get('ETag')).toMatch(/^"3\./);
    await outcome(stack, orderId);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'refunded' }]);
    expect((await cancel(orderId)).status).toBe(200);
  });

  it('needs no reason, and is refused once the order is shipped', async () => {
    const [one, two] = [await paid(stack), await paid(stack)];
    expect((await cancel(one)).status).toBe(200);
    await ship(stack, two);
    await expectProblem(await cancel(two), 409, 'illegal_transition');
    await outcome(stack, two);
    await expectProblem(await cancel(two), 409, 'illegal_transition');
    expect(await documents(stack, two)).toMatchObject({ order: { status: 'ENVIADO' } });
  });

  it('while the payment hangs is accepted, and done when the payment has ended', async () => {
    await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'latency',
      latencyMs: 6_000,
      times: 1,
    });
    const { orderId } = await placed(stack);
    const { app } = anotherApi(stack, { deadlineMs: 3_000 });
    const response = await request({ app }, `/api/orders/${orderId}/cancel`, { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([
      202,
      { orderId, status: 'accepted' },
    ]);
    expect(response.headers.get('Location')).toBe(`/api/orders/${orderId}`);
    expect(response.headers.get('Retry-After')).toBe('2');
    await untilStatus(stack, orderId, 'CANCELADO');
    await outcome(stack, orderId);
    const effects = types(await ledger(stack, 'payments', orderId));
    expect([['charge', 'refund'], ['tombstone']]).toContainEqual(effects);
  });

  it('is refused with a body that is not its own', async () => {
    const orderId = await paid(stack);
    const unknown = await expectProblem(
      await cancel(orderId, { why: 1 }),
      400,
      'validation_failed',
    );
    expect(unknown.errors).toMatchObject([{ keys: ['why'] }]);
    const long = await expectProblem(
      await cancel(orderId, { reason: 'x'.repeat(201) }),
      400,
      'validation_failed',
    );
    expect(long.errors).toMatchObject([{ pointer: '#/reason' }]);
    const form = await stack.app.request(`/api/orders/${orderId}/cancel`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await token()}` },
      body: 'reason=x',
    });
    await expectProblem(form, 415, 'unsupported_media_type');
    await expectProblem(
      await request(stack, '/api/orders/1/cancel', { method: 'POST' }),
      400,
      'validation_failed',
    );
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'PAGADO' } });
  });
});

describe('an admin changes the status', () => {
  it('to CANCELADO with a reason', async () => {
    const orderId = await paid(stack);
    const response = await change(orderId, { status: 'CANCELADO', reason: 'customer called' });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'CANCELADO', cancellation: { reason: 'customer called', by: 'olga' } },
    ]);
    await outcome(stack, orderId);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
  });

  it('to PAGADO with the number of a payment that was pending', async () => {
    const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
    await eventually(async () => {
      const { payments } = await documents(stack, orderId);
      expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
    });
    const body = { status: 'PAGADO', transactionId: 'tx-77', note: 'seen at the bank' };
    const response = await change(orderId, body);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'PAGADO' }]);
    const { payments, history } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'completed', transactionId: 'tx-77' }]);
    expect(history.at(-1)).toMatchObject({
      createdBy: 'olga',
      comment: 'payment tx-77 confirmed',
      note: 'seen at the bank',
    });
    const other = { ...body, transactionId: 'tx-78' };
    await expectProblem(await change(orderId, other), 409, 'illegal_transition');
  });

  it.each([
    ['an unknown status', { status: 'PAID' }, '#/status'],
    ['a status that no one sets', { status: 'CREADO' }, '#/status'],
    ['no number of the payment', { status: 'PAGADO' }, '#/transactionId'],
    ['no reason', { status: 'CANCELADO' }, '#/reason'],
    ['what belongs to another status', { status: 'ENVIADO', reason: 'x' }, '#'],
  ])('but not with %s', async (_name, body, pointer) => {
    const response = await change('6a0f5f3e-0000-4000-8000-000000000000', body);
    const { errors } = await expectProblem(response, 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer }]);
  });
});
