import { expect, it } from '@jest/globals';
import { chargeKey } from '../../../src/contract/idempotency-keys.ts';
import { caseOf, quickPolicy, reconcile } from '../../support/operators/reconciler.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { fault, fired, postTo } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const PAYMENTS = 'POST /api/payments/lookup';
const PAYMENT = 'GET /api/payments/by-key/{key}';

/** Counts the calls of a route, by a fault that does no harm. */
const count = (route: string) => fault(stack, 'payments', { route, kind: 'latency', latencyMs: 1 });

it('many orders are compared in a few calls, and only those that do not agree one by one', async () => {
  const createdAt = new Date().toISOString();
  const orders = Array.from({ length: 1_050 }, () => ({
    createdAt,
    status: 'CANCELADO' as const,
  }));
  const [odd = ''] = await storedOrders(stack.db, 'ana', orders);
  // Money that nobody has a claim to.
  const money = { orderId: odd, amount: '19.99', currency: 'EUR', method: 'credit_card' };
  await postTo(stack, 'payments', '/api/payments', money, { 'Idempotency-Key': chargeKey(odd) });
  const since = new Date(Date.now() - 60_000).toISOString();
  const policy = { ...quickPolicy, pageSize: 500, maxPages: 10 };

  const stop = await count(PAYMENTS);
  expect(await reconcile(stack, policy, { since })).toMatchObject({ looked: 1_050, suspects: 1 });
  expect(await fired(stack, 'payments')).toBe(3);
  await stop();
  expect(await caseOf(stack, odd).result()).toMatchObject({ repair: ['moneyWithoutOrder'] });

  await count(PAYMENT);
  expect(await reconcile(stack, policy, { since })).toMatchObject({ looked: 1_050, suspects: 0 });
  expect(await fired(stack, 'payments')).toBe(0);
});
