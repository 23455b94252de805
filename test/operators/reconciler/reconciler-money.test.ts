import { describe, expect, it } from '@jest/globals';
import { Decimal128 } from 'mongodb';
import { operatorSignal } from '../../../src/contract/order.ts';
import { eventually } from '../../support/eventually.ts';
import { update } from '../../support/operators/operators.ts';
import {
  caseOf,
  effects,
  keyOf,
  page,
  post,
  quickPolicy,
  reconcile,
  terminate,
  untilReported,
} from '../../support/operators/reconciler.ts';
import { documents, paid, placed } from '../../support/orders/orders.ts';
import { fault, fired } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

async function setOrder(orderId: string, change: Record<string, unknown>): Promise<void> {
  await stack.db.collection('orders').updateOne({ uuid: orderId }, { $set: change });
}

/** Places an order whose charge had this outcome, and that an operator confirmed as `tx-outside`. */
async function confirmed(kind: 'errorBefore' | 'errorAfter'): Promise<string> {
  const repair = await fault(stack, 'payments', { route: 'POST /api/payments', kind });
  const { orderId } = await placed(stack);
  const input = { transactionId: 'tx-outside', by: 'olga' };
  await eventually(async () => {
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
  });
  await repair();
  return orderId;
}

describe('money that does not fit its order', () => {
  it('is reported with both amounts while the order lives, and no more when it fits', async () => {
    const orderId = await paid(stack);
    const totalAmount = (await documents(stack, orderId)).order?.totalAmount;
    await setOrder(orderId, { totalAmount: Decimal128.fromString('19.99') });
    const policy = { ...quickPolicy, recheckMs: 300 };
    const { handle, details } = await untilReported(stack, orderId, policy, 'amountDiffers');
    expect(details).toContain('the order says **19.99 EUR**');
    expect(details).toContain(`Payments says **${totalAmount} EUR**`);
    await setOrder(orderId, { totalAmount });
    expect(await handle.result()).toEqual({ repair: [], report: ['amountDiffers'] });
  });

  it('is reported when an operator confirmed one payment and another was captured', async () => {
    const orderId = await confirmed('errorAfter');
    const { handle, details } = await untilReported(stack, orderId, quickPolicy, 'paidTwice');
    expect(details).toContain('**tx-outside**');
    const { transactionId } = await captured(orderId);
    expect(details).toContain(`**${transactionId}**`);
    await handle.signal('resolve', { by: 'olga', note: 'given back' });
    await handle.result();
    expect(await effects(stack, 'payments', orderId)).toEqual(['charge']);
  });

  it('stays owed when a person vouched for it, until a person has given it back', async () => {
    const orderId = await confirmed('errorBefore');
    await terminate(stack, orderId);
    const { handle } = await untilReported(stack, orderId, quickPolicy, 'abandonedPaid');
    await handle.signal('cancelOrder', { by: 'olga', reason: 'lost' });
    await eventually(async () => {
      const { searchAttributes, details } = await page(stack, handle.workflowId);
      expect(searchAttributes).toMatchObject({ FailureType: ['manualRefundDue'] });
      expect(details).toContain('**tx-outside**');
    });
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [{ paymentStatus: 'refund_pending', transactionId: 'tx-outside' }],
    });
    await handle.signal(operatorSignal('confirmRefund'), { by: 'olga' });
    await eventually(async () => {
      const { details } = await page(stack, handle.workflowId);
      expect(details).toContain('confirmRefund was ignored: transactionId is missing');
    });
    await handle.signal(operatorSignal('confirmRefund'), {
      by: 'olga',
      transactionId: 're-1',
      note: 'by transfer',
    });
    await handle.result();
    const { history, payments, order } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'refunded', transactionId: 'tx-outside' }]);
    expect(history.at(-1)).toMatchObject({
      createdBy: 'olga',
      comment: 'refund re-1 confirmed',
      note: 'by transfer',
      version: order?.version,
    });
    expect(await reconcile(stack)).toMatchObject({ suspects: 0 });
  });

  it('is not given back when the order has moved on since it was looked at', async () => {
    const orderId = await paid(stack);
    await terminate(stack, orderId);
    const { handle } = await untilReported(stack, orderId, quickPolicy, 'abandonedPaid');
    const route = 'GET /api/payments/by-key/{key}';
    await fault(stack, 'payments', { route, kind: 'latency', latencyMs: 2_000, orderId });
    await handle.signal('cancelOrder', { by: 'olga' });
    await eventually(async () => expect(await fired(stack, 'payments')).toBe(1));
    await setOrder(orderId, { status: 'ENVIADO', version: 3 });
    await handle.result();
    expect(await effects(stack, 'payments', orderId)).toEqual(['charge']);
    expect(await effects(stack, 'inventory', orderId)).toEqual(['reserve']);
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'ENVIADO' });
  });

  async function captured(orderId: string): Promise<{ transactionId: string }> {
    const { urls } = stack.simulators;
    const answer = await fetch(`${urls.payments}/api/payments/by-key/${keyOf(orderId)}`);
    return (await answer.json()) as { transactionId: string };
  }
});

describe('a case that somebody ends by hand', () => {
  async function withoutCharge() {
    const orderId = await paid(stack);
    await post(stack, `/api/payments/by-key/${keyOf(orderId)}/void`);
    const { handle } = await untilReported(stack, orderId, quickPolicy, 'paidWithoutCharge');
    return { orderId, handle };
  }

  it('goes on when its cancellation is requested, and says what to do instead', async () => {
    const { handle } = await withoutCharge();
    await handle.cancel();
    await eventually(async () => {
      expect(await page(stack, handle.workflowId)).toMatchObject({
        status: 'RUNNING',
        searchAttributes: { NeedsAttention: [true], FailureType: ['paidWithoutCharge'] },
        details: expect.stringContaining('a cancellation was requested and ignored'),
      });
    });
    await handle.signal('resolve', { by: 'olga' });
    expect(await handle.result()).toMatchObject({ report: ['paidWithoutCharge'] });
  });

  it('is found by the next run when it was terminated, though its order did not change', async () => {
    const { orderId, handle } = await withoutCharge();
    await setOrder(orderId, { updatedAt: new Date(Date.now() - 3_600_000) });
    const policy = { ...quickPolicy, overlapMs: 600_000 };
    await reconcile(stack, policy, {});
    const { runId } = await handle.describe();
    await handle.terminate('by hand');
    await eventually(async () => {
      await reconcile(stack, policy, {});
      const now = await handle.describe();
      expect(now.runId).not.toBe(runId);
      expect(now.status.name).toBe('RUNNING');
    });
    await eventually(async () => {
      expect((await page(stack, handle.workflowId)).searchAttributes).toMatchObject({
        NeedsAttention: [true],
      });
    });
    await handle.signal('resolve', { by: 'olga' });
    await caseOf(stack, orderId).result();
  });
});
