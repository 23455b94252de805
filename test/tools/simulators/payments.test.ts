import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bank,
  byKey,
  call,
  charge,
  type Entry,
  effects,
  key,
  ledger,
  nextOrder,
  outcome,
  payment,
  refund,
  useSimulators,
  world,
} from '../../support/services/simulators.ts';

useSimulators();

describe('payments', () => {
  test('one key charges once, however often and however many at a time it is sent', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge()));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.transactionId)).size).toBe(1);
    expect((await byKey()).body).toMatchObject({ status: 'completed', refundedAmount: '0.00' });
    const reused = await charge({ amount: '59.99' });
    expect(outcome(reused)).toEqual([422, 'idempotency_key_reused']);
    expect(await effects('payments')).toEqual(['charge']);
    const { attempts } = (await call('payments', `GET /admin/state?orderId=${world.order}`)).body;
    expect(attempts).toMatchObject({ [`POST /api/payments ${key()}`]: 21 });
  });

  test('a decline is remembered, and a void leaves it failed', async () => {
    const token = 'tok_insufficient_funds';
    for (const _ of [1, 2]) {
      const declined = await charge({ token });
      expect(outcome(declined)).toEqual([402, 'payment_declined']);
      expect(declined.body.reason).toBe('insufficient_funds');
    }
    expect((await byKey('/void')).body).toMatchObject({ status: 'failed' });
    expect((await byKey()).body).toMatchObject({ status: 'failed', reason: 'insufficient_funds' });
    expect(await effects('payments')).toEqual(['decline']);
  });

  test('a void refunds all that is left, once, and closes the key', async () => {
    await charge();
    expect((await refund(`${world.order}:r1`, '10.00')).status).toBe(201);
    const repeated = await refund(`${world.order}:r1`, '10.00');
    expect([repeated.status, repeated.body.amount]).toEqual([200, '10.00']);
    expect(outcome(await refund(`${world.order}:r1`, '1.00'))).toEqual([
      422,
      'idempotency_key_reused',
    ]);
    expect(outcome(await refund(`${world.order}:r2`, '50.00'))).toEqual([
      422,
      'refund_exceeds_captured',
    ]);
    for (const _ of [1, 2]) {
      expect((await byKey('/void')).body).toMatchObject({
        status: 'refunded',
        refundedAmount: '59.98',
      });
    }
    expect(outcome(await charge())).toEqual([409, 'payment_voided']);
    expect((await ledger('payments')).map(({ amount }) => amount)).toEqual([
      '59.98',
      '10.00',
      '49.98',
    ]);
  });

  test('a void of a key never seen leaves a tombstone that stops a later charge', async () => {
    expect(outcome(await byKey())).toEqual([404, 'payment_not_found']);
    for (const _ of [1, 2]) {
      expect((await byKey('/void')).body).toEqual({ key: key(), status: 'voided' });
    }
    expect(outcome(await charge())).toEqual([409, 'payment_voided']);
    expect(await effects('payments')).toEqual(['tombstone']);
  });

  test('a bank transfer is pending until it is confirmed or expires', async () => {
    expect((await charge({ method: 'bank_transfer' })).body).toMatchObject({ status: 'pending' });
    for (const _ of [1, 2]) expect((await bank('confirm')).body.status).toBe('completed');
    expect(outcome(await bank('expire'))).toEqual([409, 'payment_not_pending']);
    expect(await effects('payments')).toEqual(['charge', 'confirm']);
    world.order += '-b';
    await charge({ method: 'bank_transfer' });
    expect((await bank('expire')).body.status).toBe('expired');
    expect((await byKey('/void')).body.status).toBe('expired');
  });

  test('money that arrives for a voided key is flagged, and a void gives it back', async () => {
    await charge({ method: 'bank_transfer' });
    expect((await byKey('/void')).body.status).toBe('voided');
    expect((await bank('receive')).body).toMatchObject({ status: 'completed', late: true });
    expect((await byKey('/void')).body).toMatchObject({
      status: 'refunded',
      refundedAmount: '59.98',
    });
    world.order += '-unknown';
    expect(outcome(await bank('receive'))).toEqual([422, 'invalid_amount']);
    const money = { amount: '5.00', currency: 'EUR' };
    expect((await bank('receive', money)).body).toMatchObject({ capturedAmount: '5.00' });
  });

  test.each([
    ['EUR', '0.01', '0.1'],
    ['EUR', '10.10', '10.101'],
    ['JPY', '1800', '1800.0'],
    ['KWD', '3.125', '3.12'],
    ['MGA', '1.00', '0.00'],
  ])('%s takes %s and not %s', async (currency, good, bad) => {
    expect((await charge({ currency, amount: good })).body).toMatchObject({ amount: good });
    expect(outcome(await charge({ currency, amount: bad }, `${world.order}:x`))[1]).toBe(
      'invalid_amount',
    );
  });

  test('a charge without a key or with an unknown currency is refused', async () => {
    const keyless = await call('payments', 'POST /api/payments', payment());
    expect(outcome(keyless)).toEqual([400, 'idempotency_key_required']);
    expect(outcome(await charge({ currency: 'ABC' }))).toEqual([422, 'unsupported_currency']);
    expect(await effects('payments')).toEqual([]);
  });

  test('no sequence of operations charges or refunds more than once for a key', async () => {
    const amount = fc.constantFrom('10.00', '7.50', '2.50');
    const method = fc.constantFrom('credit_card', 'bank_transfer');
    const token = fc.constantFrom('tok_ok', 'tok_ok', 'tok_declined');
    const operation = fc.oneof(
      fc.record({ amount, method, token }).map((change) => () => charge(change)),
      fc.record({ amount, to: fc.nat(2) }).map(({ amount, to }) => () => {
        return refund(`${world.order}:refund-${to}`, amount);
      }),
      fc.constantFrom('confirm', 'expire', 'receive').map((action) => () => bank(action)),
      fc.constant(() => byKey('/void')),
    );
    const minor = (entries: Entry[]) =>
      entries.reduce((sum, { amount }) => sum + Number(amount?.replace('.', '')), 0);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (operations) => {
        nextOrder();
        for (const run of operations) expect((await run()).status).toBeLessThan(500);
        const last = await byKey('/void');
        const entries = await ledger('payments');
        const of = (type: string) => entries.filter((entry) => entry.type === type);
        expect(of('charge').length).toBeLessThanOrEqual(1);
        expect(new Set(of('refund').map((entry) => entry.refundKey)).size).toBe(
          of('refund').length,
        );
        const captured = of('charge').filter(({ status }) => status === 'completed');
        const money = minor([...captured, ...of('confirm'), ...of('receive')]);
        expect(minor(of('refund'))).toBe(money);
        expect(last.body.refundedAmount).toEqual(last.body.capturedAmount);
        expect((await charge({ amount: '10.00' })).status).not.toBe(201);
      }),
      { numRuns: 80 },
    );
  });
});
