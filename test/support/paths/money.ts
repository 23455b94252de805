import { expect } from '@jest/globals';
import { createApp } from '../../../src/api/app.ts';
import type { OrderPolicy } from '../../../src/contract/order.ts';
import { ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { seen, signal, untilStuck, update } from '../operators/operators.ts';
import { documents, outcome, paid, placed, untilStatus } from '../orders/orders.ts';
import { fault, ledger, postTo, types } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { cancelled, type OrderPath, untilPending } from './orders.ts';

const keyOf = (orderId: string) => encodeURIComponent(`${orderId}:charge`);

/** The money of a transfer arrives at Payments. */
export async function transferArrives(stack: Stack, orderId: string, money: object = {}) {
  await postTo(stack, 'payments', `/admin/payments/${keyOf(orderId)}/confirm`, money);
}

/** An order whose charge was captured by Payments while a person confirmed another payment. */
export async function paidTwice(stack: Stack): Promise<{ orderId: string; captured: string }> {
  const rule = { route: 'POST /api/payments' };
  await fault(stack, 'payments', { ...rule, kind: 'errorBefore', times: 1 });
  const repair = await fault(stack, 'payments', { ...rule, kind: 'latency', latencyMs: 2_000 });
  const { orderId } = await placed(stack);
  // The evidence is not welcome before the first failure, and then while the charge is under way.
  await eventually(async () => {
    await signal(stack, orderId, 'confirmPayment', { by: 'olga', transactionId: 'tx-outside' });
    const { attributes } = await seen(stack, orderId);
    expect(attributes).toMatchObject({ FailureType: ['two_payments'] });
  });
  await repair();
  return { orderId, captured: await captured(stack, orderId) };
}

/** The transaction under which Payments has the order's money. */
export async function captured(stack: Stack, orderId: string): Promise<string> {
  const [charge] = await ledger(stack, 'payments', orderId);
  return `${charge?.transactionId}`;
}

/** An order that another run of its workflow has brought further, as MongoDB has it. */
async function movedOn(stack: Stack, orderId: string, status: 'ENVIADO' | 'CANCELADO') {
  const { order } = await documents(stack, orderId);
  const version = Number(order?.version) + 1;
  const at = new Date();
  const row = { orderId, status, version, comment: 'by another run', createdAt: at };
  await stack.db.collection('orderstatushistory').insertOne({ ...row, createdBy: 'olga' });
  await stack.db
    .collection('orders')
    .updateOne({ uuid: orderId }, { $set: { status, version, updatedAt: at } });
}

/** The same servers, for orders of another policy. */
function withPolicy(stack: Stack, policy: Partial<OrderPolicy>): Stack {
  const deps = { ...stack.deps, policy: { ...stack.deps.policy, ...policy } };
  return { ...stack, deps, app: createApp(deps) };
}

async function held(stack: Stack, withinMs: number): Promise<string> {
  const review = { over: { EUR: 1 }, withinMs };
  return (await placed(withPolicy(stack, { review, shipByMs: 86_400_000 }))).orderId;
}

async function declined(stack: Stack): Promise<string> {
  const patient = withPolicy(stack, { secondTry: { withinMs: 60_000, attempts: 3 } });
  const { orderId } = await placed(patient, { paymentToken: 'tok_declined' });
  await eventually(async () => {
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'failed' }]);
  });
  return orderId;
}

/** Paths on which a person has to decide about money, or about what is recorded. */
export const moneyPaths: Record<string, OrderPath> = {
  async 'declined-and-paid-with-something-else'(stack) {
    const orderId = await declined(stack);
    const means = { paymentMethod: 'credit_card', paymentToken: 'tok_declined' };
    await signal(stack, orderId, 'payAgain', means);
    await eventually(async () => {
      expect((await documents(stack, orderId)).payments).toHaveLength(2);
      expect(await update(stack, orderId, 'payAgain', { paymentMethod: 'paypal' })).toBe('done');
    });
    await ship(stack, orderId);
    return orderId;
  },
  async 'declined-and-cancelled-while-it-waits'(stack) {
    const orderId = await declined(stack);
    return cancelled(stack, orderId);
  },
  async 'held-for-a-review-and-approved'(stack) {
    const orderId = await held(stack, 60_000);
    await untilStuck(stack, orderId, 'chargePayment');
    expect(await update(stack, orderId, 'approve', { by: 'olga' })).toBe('done');
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    return orderId;
  },
  'held-for-a-review-and-not-approved-in-time': (stack) => held(stack, 500),
  async 'held-for-a-review-and-cancelled'(stack) {
    const orderId = await held(stack, 60_000);
    await untilStuck(stack, orderId, 'chargePayment');
    return cancelled(stack, orderId);
  },
  async 'confirmed-transfer-that-is-cancelled-and-refunded-by-a-person'(stack) {
    const orderId = await untilPending(stack);
    const input = { by: 'olga', transactionId: 'transfer-17' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await cancelled(stack, orderId);
    await untilStuck(stack, orderId, 'voidPayment');
    const refund = { by: 'olga', transactionId: 'refund-17' };
    expect(await update(stack, orderId, 'confirmRefund', refund)).toBe('done');
    return orderId;
  },
  async 'transfer-of-another-amount-and-confirmed'(stack) {
    const orderId = await untilPending(stack);
    await transferArrives(stack, orderId, { amount: '10.00' });
    await untilStuck(stack, orderId, 'checkTransfer');
    const input = { by: 'olga', transactionId: await captured(stack, orderId) };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await ship(stack, orderId);
    return orderId;
  },
  async 'transfer-of-another-amount-and-cancelled'(stack) {
    const orderId = await untilPending(stack);
    await transferArrives(stack, orderId, { amount: '10.00' });
    await untilStuck(stack, orderId, 'checkTransfer');
    return cancelled(stack, orderId);
  },
  async 'stuck-at-the-expired-transfer-and-retried'(stack) {
    const orderId = await untilPending(stack);
    const repair = await fault(stack, 'payments', {
      route: 'GET /api/payments/by-key/{key}',
      kind: 'errorBefore',
      orderId,
    });
    await untilStuck(stack, orderId, 'checkTransfer');
    await repair();
    await signal(stack, orderId, 'retry');
    return orderId;
  },
  async 'paid-twice-and-confirmed'(stack) {
    const order = await paidTwice(stack);
    const { orderId } = order;
    const input = { by: 'olga', transactionId: order.captured };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await ship(stack, orderId);
    return orderId;
  },
  async 'paid-twice-and-cancelled'(stack) {
    const { orderId } = await paidTwice(stack);
    await cancelled(stack, orderId);
    await untilStuck(stack, orderId, 'voidPayment');
    const refund = { by: 'olga', transactionId: 'refund-17' };
    expect(await update(stack, orderId, 'confirmRefund', refund)).toBe('done');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    return orderId;
  },
  async 'recorded-as-shipped-by-another-run'(stack) {
    const orderId = await paid(stack);
    await movedOn(stack, orderId, 'ENVIADO');
    await signal(stack, orderId, 'cancelOrder', { by: 'olga' });
    await untilStuck(stack, orderId, 'loadOrder');
    await signal(stack, orderId, 'retry', { by: 'olga' });
    return orderId;
  },
  async 'recorded-as-cancelled-by-another-run'(stack) {
    const orderId = await untilPending(stack);
    await movedOn(stack, orderId, 'CANCELADO');
    await transferArrives(stack, orderId);
    await untilStuck(stack, orderId, 'loadOrder');
    await signal(stack, orderId, 'retry', { by: 'olga' });
    return orderId;
  },
  async 'started-again-when-it-is-paid'(stack) {
    const orderId = await paid(stack);
    const handle = stack.client.workflow.getHandle(`order-${orderId}`);
    const { raw } = await handle.describe();
    const { firstRunId } = raw.workflowExecutionInfo ?? {};
    expect(firstRunId).toBeTruthy();
    await stack.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: `order-${orderId}` },
      reason: 'the large button',
      requestId: orderId,
      workflowTaskFinishEventId: 4 as never,
    });
    await untilStatus(stack, orderId, 'PAGADO');
    await eventually(async () => {
      expect(await update(stack, orderId, 'markShipped', { by: 'olga' })).toBe('done');
    });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    return orderId;
  },
};
