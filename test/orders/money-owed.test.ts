import { describe, expect, it } from '@jest/globals';
import { request } from '../support/api/requests.ts';
import { seen, signal, untilStuck, update } from '../support/operators/operators.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome, untilStatus } from '../support/orders/orders.ts';
import { captured, paidTwice, transferArrives } from '../support/paths/money.ts';
import { untilPending } from '../support/paths/orders.ts';
import { fault, ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ transferPollMs: 150, transferExpiryMs: 8_000 });

const confirmed = { by: 'olga', transactionId: 'transfer-17', note: 'seen at the bank' };

async function confirmedTransfer(): Promise<string> {
  const orderId = await untilPending(stack);
  expect(await update(stack, orderId, 'confirmPayment', confirmed)).toBe('done');
  return orderId;
}

async function confirmRefund(orderId: string, body: object) {
  const path = `/api/admin/orders/${orderId}/confirm-refund`;
  const answer = await request(stack, path, { method: 'POST', body, sub: 'olga', role: 'admin' });
  return [answer.status, ((await answer.json()) as { status: unknown }).status];
}

describe('a payment that a person vouched for, of an order that is cancelled', () => {
  it('is owed, and seen as stuck, until a person says that it was given back', async () => {
    const orderId = await confirmedTransfer();
    expect(await update(stack, orderId, 'cancelOrder', { by: 'ana' })).toBe('done');
    const { attributes, details } = await untilStuck(stack, orderId, 'voidPayment');
    expect(attributes).toMatchObject({ FailureType: ['refund_by_person'] });
    expect(details).toContain('transfer-17');
    expect(details).toContain('confirmRefund');
    // The stock does not wait for the money, and nobody is told that it came back.
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'refund_pending', transactionId: 'transfer-17' }],
    });

    const refund = { transactionId: 'refund-1', note: 'by bank' };
    expect(await update(stack, orderId, 'confirmRefund', { by: 'olga' })).toBe(
      'illegal_transition',
    );
    expect(await confirmRefund(orderId, refund)).toEqual([200, 'CANCELADO']);
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    // The repeat of what is done is answered as the first request; another refund is refused.
    expect(await confirmRefund(orderId, refund)).toEqual([200, 'CANCELADO']);
    expect(await confirmRefund(orderId, { transactionId: 'refund-2' })).toEqual([409, 409]);
    const { payments, history } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'refunded' }]);
    expect(history.at(-1)).toMatchObject({
      comment: 'refund refund-1 confirmed',
      note: 'by bank',
      createdBy: 'olga',
    });
    await expectInvariants(stack, orderId);
  });

  it('is recorded as failed when there was no money to give back', async () => {
    const orderId = await confirmedTransfer();
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await untilStuck(stack, orderId, 'voidPayment');
    await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId: 'none' });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'failed' }],
    });
  });
});

describe('a payment that a person confirmed as another than Payments captured', () => {
  it('is stuck, names both, and is paid by the captured one alone', async () => {
    const { orderId, captured: taken } = await paidTwice(stack);
    const { attributes, details } = await seen(stack, orderId);
    expect(attributes).toMatchObject({ FailureType: ['two_payments'] });
    expect(details).toContain('tx-outside');
    expect(details).toContain(taken);
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'CREADO' } });

    const other = { by: 'olga', transactionId: 'tx-third' };
    expect(await update(stack, orderId, 'confirmPayment', other)).toBe('illegal_transition');
    const right = { by: 'olga', transactionId: taken };
    expect(await update(stack, orderId, 'confirmPayment', right)).toBe('done');
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO' },
      payments: [{ paymentStatus: 'completed', transactionId: taken }],
    });
  });

  it('owes the confirmed one when the order is cancelled, and refunds the captured one', async () => {
    const { orderId } = await paidTwice(stack);
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    const { details } = await untilStuck(stack, orderId, 'voidPayment');
    expect(details).toContain('tx-outside');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId: 'refund-2' });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
  });
});

describe('a bank transfer of another amount than the order', () => {
  it('is stuck and says both amounts, until a person decides', async () => {
    const orderId = await untilPending(stack);
    await transferArrives(stack, orderId, { amount: '10.00' });
    const { attributes, details } = await untilStuck(stack, orderId, 'checkTransfer');
    expect(attributes).toMatchObject({ FailureType: ['payments_amount_differs'] });
    expect(details).toContain('10.00 EUR');
    expect(details).toContain('39.98 EUR');
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'CREADO' } });
    expect(await update(stack, orderId, 'confirmPayment', confirmed)).toBe('illegal_transition');
    const arrived = { ...confirmed, transactionId: await captured(stack, orderId) };
    expect(await update(stack, orderId, 'confirmPayment', arrived)).toBe('done');
    await untilStatus(stack, orderId, 'PAGADO');
  });

  it('is given back when the order is cancelled', async () => {
    const orderId = await untilPending(stack);
    await transferArrives(stack, orderId, { currency: 'USD', amount: '39.98' });
    await untilStuck(stack, orderId, 'checkTransfer');
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toContain('refund');
  });
});

describe('a bank transfer whose time is over', () => {
  it('is asked for once more, and found', async () => {
    const orderId = await untilPending(stack);
    const rule = { route: 'GET /api/payments/by-key/{key}', kind: 'errorBefore', orderId };
    const repair = await fault(stack, 'payments', rule);
    await transferArrives(stack, orderId);
    const { details } = await untilStuck(stack, orderId, 'checkTransfer');
    expect(details).toContain('nobody knows whether it came');
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'CREADO' } });
    await repair();
    await signal(stack, orderId, 'retry', { by: 'olga' });
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'confirm']);
  });
});
