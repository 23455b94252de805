import { describe, expect, it } from '@jest/globals';
import { findDiscrepancies, type OrderFacts } from '../../../src/domain/reconciliation.ts';

const none = { repair: [], report: [] };

/** A paid order whose parties agree. */
function facts(order: Partial<OrderFacts['order']> = {}, more: Partial<OrderFacts> = {}) {
  return {
    orderId: 'o1',
    isAlive: true,
    paymentKey: 'k1',
    abandonedRefunds: [],
    isStockHeld: true,
    unreadable: [],
    gateway: { status: 'completed', transactionId: 't1', amount: 5998, currency: 'EUR' },
    order: {
      userId: 'ana',
      status: 'PAGADO',
      version: 2,
      totalAmount: 5998,
      currency: 'EUR',
      payment: { key: 'k1', status: 'completed', method: 'credit_card', transactionId: 't1' },
      isConfirmedByHand: false,
      isImported: false,
      refunds: { completed: 0, open: [] },
      ...order,
    },
    ...more,
  } satisfies OrderFacts;
}

const vouched = {
  isConfirmedByHand: true,
  payment: { key: 'k1', status: 'completed', method: 'bank_transfer', transactionId: 'x1' },
} as const;
const pending = { status: 'pending', transactionId: 't1', amount: 5998, currency: 'EUR' } as const;

describe('an order and what Payments and Inventory say of it', () => {
  it.each([
    ['agree when it is paid', facts()],
    ['agree when it is shipped', facts({ status: 'ENVIADO' }, { isAlive: false })],
    ['agree while a transfer is pending', facts({ status: 'CREADO' }, { gateway: pending })],
    ['agree when a person vouched for it', facts(vouched, { gateway: undefined })],
    ['agree when a person vouched for a transfer', facts(vouched, { gateway: pending })],
    ['are its workflow’s to bring together', facts({ status: 'CANCELADO' })],
  ])('%s', (_name, agreeing) => {
    expect(findDiscrepancies(agreeing)).toEqual(none);
  });

  const less = { ...facts().gateway, amount: 1999 };
  it.each([
    ['amount', facts({}, { gateway: less })],
    ['currency', facts({ currency: 'USD' })],
    ['amount, when it is shipped', facts({ status: 'ENVIADO' }, { gateway: less, isAlive: false })],
    ['amount, before it is paid', facts({ status: 'CREADO' }, { gateway: less })],
    ['amount of a transfer', facts({ status: 'CREADO' }, { gateway: { ...pending, amount: 1 } })],
  ])('differ in the %s', (_name, differing) => {
    expect(findDiscrepancies(differing)).toEqual({ repair: [], report: ['amountDiffers'] });
  });

  it('are two payments when a person vouched for another one, also while it lives', () => {
    expect(findDiscrepancies(facts(vouched))).toEqual({ repair: [], report: ['paidTwice'] });
    const shipped = facts({ ...vouched, status: 'ENVIADO' }, { isAlive: false });
    expect(findDiscrepancies(shipped)).toEqual({ repair: [], report: ['paidTwice'] });
  });

  it('leave a refund to a person, whatever Payments knows of another payment', () => {
    const cancelled = { ...vouched, status: 'CANCELADO' } as const;
    const gone = { isAlive: false, isStockHeld: false };
    const of = (gateway: OrderFacts['gateway']) =>
      findDiscrepancies(facts(cancelled, { ...gone, gateway }));
    expect(of(undefined)).toEqual({ repair: [], report: ['manualRefundDue'] });
    expect(of({ status: 'voided', transactionId: 'x1' })).toEqual({
      repair: [],
      report: ['manualRefundDue'],
    });
    expect(of({ ...pending, transactionId: 'x1' })).toEqual({
      repair: ['paymentUnsettled'],
      report: ['manualRefundDue'],
    });
    expect(of(facts().gateway)).toEqual({
      repair: ['moneyWithoutOrder'],
      report: ['manualRefundDue'],
    });
    const settled = { ...cancelled, payment: { ...vouched.payment, status: 'failed' } } as const;
    expect(findDiscrepancies(facts(settled, { ...gone, gateway: undefined }))).toEqual(none);
    // The payment that was vouched for is the one that Payments has captured.
    expect(of({ ...facts().gateway, transactionId: 'x1' })).toEqual({
      repair: ['moneyWithoutOrder'],
      report: [],
    });
  });

  it('are compared no further when one of them cannot be read', () => {
    const unreadable = facts({ status: 'CREADO' }, { isAlive: false, unreadable: ['x'] });
    expect(findDiscrepancies(unreadable)).toEqual({ repair: [], report: ['unreadable'] });
  });

  it.each(['CREADO', 'PAGADO', 'ENVIADO', 'CANCELADO'] as const)(
    'are never compensated while a workflow runs, as after a Reset: %s',
    (status) => {
      for (const gateway of [undefined, pending, less, facts().gateway]) {
        expect(findDiscrepancies(facts({ status }, { gateway })).repair).toEqual([]);
      }
    },
  );

  it('are not repaired under keys of this service when another one placed it', () => {
    const imported = facts({ status: 'CREADO', isImported: true }, { isAlive: false });
    expect(findDiscrepancies(imported)).toEqual({ repair: [], report: ['abandonedImport'] });
  });
});

describe('a shipped order and its refunds', () => {
  const refundedAt = (refunded: number, status: 'completed' | 'refunded' = 'completed') => ({
    ...facts().gateway,
    status,
    refunded,
  });
  const shipped = (completed: number, refunded: number, open: string[] = []) =>
    facts(
      { status: 'ENVIADO', refunds: { completed, open } },
      {
        isAlive: false,
        gateway: refundedAt(refunded, refunded === 5998 ? 'refunded' : 'completed'),
      },
    );

  it.each([
    ['of nothing', shipped(0, 0)],
    ['of a part', shipped(1000, 1000)],
    ['of all', shipped(5998, 5998)],
    ['while one is under way', shipped(0, 1000, ['r1'])],
  ])('agree %s', (_name, agreeing) => {
    expect(findDiscrepancies(agreeing)).toEqual(none);
  });

  it('takes over what was given back at the provider', () => {
    const adopted = { repair: ['refundUnrecorded'], report: [] };
    expect(findDiscrepancies(shipped(1000, 3000))).toEqual(adopted);
    expect(findDiscrepancies(shipped(0, 5998))).toEqual(adopted);
  });

  it('reports what is recorded and was not given back', () => {
    const missing = { repair: [], report: ['refundMissing'] };
    expect(findDiscrepancies(shipped(3000, 1000))).toEqual(missing);
  });

  it('resumes what nobody works on', () => {
    const abandoned = { ...shipped(0, 0, ['r1']), abandonedRefunds: ['r1'] };
    expect(findDiscrepancies(abandoned)).toEqual({ repair: ['refundAbandoned'], report: [] });
  });
});
