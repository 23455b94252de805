import { describe, expect, it } from '@jest/globals';
import { ship } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import {
  seen,
  signal,
  stuckAtCharge,
  untilStuck,
  update,
} from '../../support/operators/operators.ts';
import { documents, outcome, placed, untilStatus } from '../../support/orders/orders.ts';
import { fault, ledger, types } from '../../support/services/services.ts';
import { startStack } from '../../support/stack.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

/** An order whose charge fails until the fault is taken away. */
describe('an order whose payment service is down', () => {
  it('is stuck, and says what failed, since when, and what to do', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    const { attributes, details } = await seen(stack, orderId);
    expect(attributes).toMatchObject({
      NeedsAttention: [true],
      FailedStep: ['chargePayment'],
      FailureType: [expect.stringMatching(/^payments_/)],
      StuckSince: [expect.any(Date)],
      OrderStatus: ['CREADO'],
    });
    expect(details).toContain('**charge the payment** failed: payments answered 503');
    for (const text of [
      'failed at least',
      'is stuck since',
      'tries again by itself',
      '`retry`',
      '`cancelOrder`',
    ]) {
      expect(details).toContain(text);
    }
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CREADO' },
      payments: [{ paymentStatus: 'unknown' }],
    });
    await repair();
    await signal(stack, orderId, 'retry');
    await untilStatus(stack, orderId, 'PAGADO');
    await eventually(async () => {
      const after = await seen(stack, orderId);
      expect(after.attributes).toMatchObject({ NeedsAttention: [false], OrderStatus: ['PAGADO'] });
      expect(after.attributes.FailedStep?.[0] ?? null).toBeNull();
      expect(after.details).not.toContain('stuck');
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    const { history, payments } = await documents(stack, orderId);
    expect(history.map((row) => [row.version, row.status, row.comment, row.createdBy])).toEqual([
      [1, 'CREADO', 'order placed', 'ana'],
      [2, 'CREADO', 'retry', 'operator (Web UI)'],
      [3, 'PAGADO', 'payment captured', 'system'],
    ]);
    expect(payments).toMatchObject([{ paymentStatus: 'completed' }]);
  });

  it('is charged once, whatever was lost on the way', async () => {
    const { orderId, repair } = await stuckAtCharge(stack, { kind: 'errorAfter' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    await repair();
    await signal(stack, orderId, 'retry', { by: 'olga', note: 'payments is back' });
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    const { history } = await documents(stack, orderId);
    expect(history[1]).toMatchObject({
      comment: 'retry',
      note: 'payments is back',
      createdBy: 'olga',
    });
  });

  it('is cancelled by an operator, and the money it may have taken is given back', async () => {
    const { orderId, repair } = await stuckAtCharge(stack, { kind: 'errorAfter' });
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga', reason: 'no patience' })).toBe(
      'done',
    );
    await repair();
    expect(await outcome(stack, orderId)).toEqual({
      status: 'CANCELADO',
      reason: 'order_cancelled',
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO', cancellation: { by: 'olga', reason: 'no patience' } },
      payments: [{ paymentStatus: 'refunded' }],
    });
  });

  it('is cancelled before any money was taken, and a late charge is rejected', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    await signal(stack, orderId, 'cancelOrder');
    await outcome(stack, orderId);
    await repair();
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['tombstone']);
    const late = await fetch(`${stack.simulators.urls.payments}/api/payments`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `${orderId}:charge` },
      body: JSON.stringify({ orderId, amount: '39.98', currency: 'EUR', method: 'credit_card' }),
    });
    expect(late.status).toBe(409);
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'failed' }],
    });
  });

  it('is confirmed by an operator who knows that the customer has paid', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    expect(await update(stack, orderId, 'confirmPayment', { by: 'olga' })).toBe(
      'illegal_transition',
    );
    const input = { by: 'olga', transactionId: 'tx-outside', note: 'seen at the bank' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await repair();
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO' },
      payments: [{ paymentStatus: 'completed', transactionId: 'tx-outside' }],
    });
    const { history } = await documents(stack, orderId);
    expect(history.at(-1)).toMatchObject({
      status: 'PAGADO',
      createdBy: 'olga',
      comment: 'payment tx-outside confirmed',
      note: 'seen at the bank',
    });
  });

  it('is paid by a retry that came with fifty others at once', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    await repair();
    await Promise.all(Array.from({ length: 50 }, () => signal(stack, orderId, 'retry')));
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    await ship(stack, orderId);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
  });
});

describe('an order that is stuck', () => {
  it('wakes up by itself', async () => {
    const quick = await startStack({ stuckInitialMs: 300, stuckMaxMs: 300 });
    try {
      const repair = await fault(quick, 'payments', {
        route: 'POST /api/payments',
        kind: 'errorBefore',
      });
      const { orderId } = await placed(quick);
      await untilStuck(quick, orderId, 'chargePayment');
      await repair();
      await untilStatus(quick, orderId, 'PAGADO');
    } finally {
      await quick.stop();
    }
  });

  it('keeps its refund open until it is confirmed, and holds up nothing else', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments/by-key/{key}/void',
      kind: 'errorBefore',
      orderId,
    });
    expect(
      await update(stack, orderId, 'cancelOrder', { by: 'ana', reason: 'changed my mind' }),
    ).toBe('done');
    await untilStuck(stack, orderId, 'voidPayment');
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'refund_pending' }],
    });
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    await repair();
    expect(await update(stack, orderId, 'retry')).toBe('done');
    await outcome(stack, orderId);
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'refunded' }],
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
  });
});

describe('an action at the wrong time', () => {
  it('is refused as an update, and ignored and noted as a signal', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await update(stack, orderId, 'retry')).toBe('illegal_transition');
    expect(await update(stack, orderId, 'confirmPayment', { transactionId: 'x' })).toBe(
      'illegal_transition',
    );
    expect(await update(stack, orderId, 'markShipped', { carrier: 1 } as never)).toBe(
      'validation_failed',
    );
    await signal(stack, orderId, 'retry');
    await signal(stack, orderId, 'confirmPayment', { nonsense: true } as never);
    await eventually(async () => {
      const { details } = await seen(stack, orderId);
      expect(details).toContain('retry was ignored: the order is not stuck');
      expect(details).toContain('confirmPayment was ignored: The input has no field nonsense');
    });
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO', version: 2 },
    });
    expect(await update(stack, orderId, 'markShipped')).toBe('done');
  });
});
