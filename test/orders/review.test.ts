import { describe, expect, it } from '@jest/globals';
import { beginBulk } from '../../src/visibility/begin-bulk.ts';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { untilStuck, update } from '../support/operators/operators.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

/** The order of the tests costs 39.98 EUR. */
const over = { EUR: 3_997 };
const stack = useStack({ review: { over, withinMs: 3_600_000 } });
const impatient = useStack({ review: { over, withinMs: 500 } });
const generous = useStack({ review: { over: { EUR: 3_998, JPY: 1 }, withinMs: 3_600_000 } });

const approve = (orderId: string, role: 'admin' | 'user' = 'admin') =>
  request(stack, `/api/admin/orders/${orderId}/approve`, {
    ...{ method: 'POST', body: { note: 'known customer' }, sub: 'olga', role },
  });

/** An order that waits for its review. */
async function held(): Promise<string> {
  const { orderId } = await placed(stack);
  const { attributes, details } = await untilStuck(stack, orderId, 'chargePayment');
  expect(attributes).toMatchObject({ FailureType: ['review'] });
  expect(details).toContain('It costs 39.98 EUR, and orders of more than 39.97 EUR need');
  return orderId;
}

describe('an order of more than the shop lets through', () => {
  it('is held before its charge, in the list of what needs a person, and charged once approved', async () => {
    const orderId = await held();
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
    await eventually(async () => {
      const path = '/api/admin/orders/stuck?failureType=review';
      const list = await (await request(stack, path, { role: 'admin' })).json();
      expect(list).toMatchObject({ orders: [{ orderId, failure: 'review' }] });
    });
    expect((await approve(orderId, 'user')).status).toBe(403);
    expect((await approve(orderId)).status).toBe(200);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect((await approve(orderId)).status).toBe(200);
    const { history } = await documents(stack, orderId);
    expect(history.filter(({ comment }) => comment === 'approved')).toMatchObject([
      { createdBy: 'olga', note: 'known customer' },
    ]);
    await ship(stack, orderId);
    await expectInvariants(stack, orderId);
  });

  it('does not keep whoever waits for the payment', async () => {
    const response = await request(stack, '/api/orders', {
      ...{ method: 'POST', body: orderBody(), headers: { Prefer: 'wait=20' } },
    });
    const { orderId, status } = (await response.json()) as { orderId: string; status: string };
    expect([response.status, status]).toEqual([201, 'CREADO']);
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
  });

  it('is cancelled by its customer or an operator, and nothing was charged', async () => {
    const orderId = await held();
    const cancelled = await request(stack, `/api/orders/${orderId}/cancel`, { method: 'POST' });
    expect(await cancelled.json()).toMatchObject({ status: 'CANCELADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['tombstone']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    await expectProblem(await approve(orderId), 409, 'illegal_transition');
    await expectInvariants(stack, orderId);
  });

  it('is cancelled when nobody decides in time', async () => {
    const { orderId } = await placed(impatient);
    expect(await outcome(impatient, orderId)).toEqual({
      ...{ status: 'CANCELADO', reason: 'review_expired' },
    });
    expect(types(await ledger(impatient, 'payments', orderId))).toEqual(['tombstone']);
    expect(types(await ledger(impatient, 'inventory', orderId))).toEqual(['reserve', 'release']);
    await expectInvariants(impatient, orderId);
  });

  it('is left alone by a retry of all that is stuck', async () => {
    const orderId = await held();
    const begin = (failureType?: string) =>
      beginBulk(stack.client, stack.taskQueue, {
        ...{ action: 'cancelStuck', by: 'olga', ...(failureType && { failureType }) },
      });
    await eventually(async () => expect((await begin('review')).matched).toBe(1));
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    const other = await held();
    expect((await begin()).matched).toBe(0);
    expect(await update(stack, other, 'approve')).toBe('done');
    await untilStatus(stack, other, 'PAGADO');
  });
});

it('an order of no more than that is charged at once, and waits for no review', async () => {
  const { orderId } = await placed(generous);
  await untilStatus(generous, orderId, 'PAGADO');
  expect(await update(generous, orderId, 'approve')).toBe('illegal_transition');
});
