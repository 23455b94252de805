import { describe, expect, it } from '@jest/globals';
import { resumeOrder } from '../../src/contract/reconciler.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { seen, update } from '../support/operators/operators.ts';
import { caseOf, reconcile, terminate } from '../support/operators/reconciler.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { fault, ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ secondTry: { withinMs: 60_000, attempts: 3 } });
const impatient = useStack({ secondTry: { withinMs: 500, attempts: 3 } });

const DECLINED = { paymentToken: 'tok_declined' };

/** An order whose first payment was declined, and that waits for another. */
async function declined(on = stack): Promise<string> {
  const { orderId } = await placed(on, DECLINED);
  await eventually(async () => {
    const { payments } = await documents(on, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'failed' }]);
  });
  return orderId;
}

const pay = (orderId: string, body: object, sub = 'ana') =>
  request(stack, `/api/orders/${orderId}/payment`, { method: 'POST', body, sub });

describe('an order whose payment was declined', () => {
  it('keeps its stock and is paid by something else, charged once, and shipped', async () => {
    const orderId = await declined();
    expect((await seen(stack, orderId)).details).toContain('The payment was declined');
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
    const paid = await pay(orderId, { paymentMethod: 'paypal' });
    expect([paid.status, await paid.json()]).toMatchObject([200, { status: 'PAGADO' }]);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['decline', 'charge']);
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([
      { paymentMethod: 'credit_card', paymentStatus: 'failed' },
      {
        paymentMethod: 'paypal',
        paymentStatus: 'completed',
        idempotencyKey: `${orderId}:charge:2`,
      },
    ]);
    expect((await pay(orderId, { paymentMethod: 'paypal' })).status).toBe(200);
    await ship(stack, orderId);
    await expectInvariants(stack, orderId);
  });

  it('is declined again with a reason, and cancelled after the last attempt', async () => {
    const orderId = await declined();
    const again = await pay(orderId, { paymentMethod: 'credit_card', ...DECLINED });
    await expectProblem(again, 422, 'payment_declined');
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'CREADO' });
    const last = await pay(orderId, { paymentMethod: 'credit_card', ...DECLINED });
    await expectProblem(last, 422, 'payment_declined');
    expect(await outcome(stack, orderId)).toMatchObject({ reason: 'payment_declined' });
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    await expectInvariants(stack, orderId);
  });

  it('is cancelled when nobody comes in time, and told as before', async () => {
    const { orderId } = await placed(impatient, DECLINED);
    await untilStatus(impatient, orderId, 'CANCELADO');
    expect(await outcome(impatient, orderId)).toEqual({
      ...{ status: 'CANCELADO', reason: 'payment_declined' },
    });
    await expectInvariants(impatient, orderId);
  });

  it('may be cancelled by the customer meanwhile', async () => {
    const orderId = await declined();
    const path = `/api/orders/${orderId}/cancel`;
    expect((await request(stack, path, { method: 'POST' })).status).toBe(200);
    await expectProblem(await pay(orderId, { paymentMethod: 'paypal' }), 409, 'illegal_transition');
    await expectInvariants(stack, orderId);
  });

  it('whoever waits for the outcome is answered with the decline', async () => {
    const response = await request(stack, '/api/orders', {
      method: 'POST',
      headers: { Prefer: 'wait=20' },
      body: orderBody(DECLINED),
    });
    const order = (await response.json()) as { orderId: string };
    expect([response.status, order]).toMatchObject([201, { status: 'CREADO' }]);
    const paid = await pay(order.orderId, { paymentMethod: 'paypal' });
    expect(paid.status).toBe(200);
  });

  it('can be paid by its customer alone, and only while it waits', async () => {
    const orderId = await declined();
    const others = await pay(orderId, { paymentMethod: 'paypal' }, 'luis');
    await expectProblem(others, 404, 'not_found');
    expect(await update(stack, orderId, 'payAgain', { paymentMethod: 'gold' })).toBe(
      'illegal_transition',
    );
    const { orderId: fine } = await placed(stack);
    await untilStatus(stack, fine, 'PAGADO');
    expect((await pay(fine, { paymentMethod: 'paypal' })).status).toBe(200);
    expect(types(await ledger(stack, 'payments', fine))).toEqual(['charge']);
  });

  it('whose second charge came while its workflow was ended by hand is found by its key', async () => {
    const orderId = await declined();
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorAfter', orderId });
    void pay(orderId, { paymentMethod: 'paypal' });
    await eventually(async () => {
      expect(types(await ledger(stack, 'payments', orderId))).toEqual(['decline', 'charge']);
    });
    await terminate(stack, orderId);
    await eventually(async () => {
      await reconcile(stack);
      await caseOf(stack, orderId).result();
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual([
      'decline',
      'charge',
      'refund',
    ]);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'failed' }, { paymentStatus: 'refunded' }],
    });
  });

  it('that was paid so, and whose workflow was ended and resumed, gives that payment back', async () => {
    const orderId = await declined();
    expect((await pay(orderId, { paymentMethod: 'paypal' })).status).toBe(200);
    await terminate(stack, orderId);
    const handle = caseOf(stack, orderId);
    await eventually(async () => {
      await reconcile(stack);
      const { searchAttributes } = await handle.describe();
      expect(searchAttributes).toMatchObject({ FailureType: ['abandonedPaid'] });
    });
    await handle.signal(resumeOrder, { by: 'olga' });
    await handle.result();
    const path = `/api/orders/${orderId}/cancel`;
    expect((await request(stack, path, { method: 'POST' })).status).toBe(200);
    await outcome(stack, orderId);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual([
      'decline',
      'charge',
      'refund',
    ]);
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'failed' },
      { paymentStatus: 'refunded' },
    ]);
  });
});
