import { describe, expect, it } from '@jest/globals';
import { reconcileOrderId } from '../../../src/contract/reconciler.ts';
import { eventually } from '../../support/eventually.ts';
import { update } from '../../support/operators/operators.ts';
import {
  caseOf,
  effects,
  keyOf,
  post,
  quickPolicy,
  reconcile,
  terminate,
  untilPending,
  untilReconciled,
  untilReported,
} from '../../support/operators/reconciler.ts';
import { documents, outcome, paid, placed } from '../../support/orders/orders.ts';
import { fault, repairAll } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const types = (service: 'payments' | 'inventory', orderId: string) =>
  effects(stack, service, orderId);
const awaitingTransfer = () => untilPending(stack);
const reconciled = (orderId: string) => untilReconciled(stack, orderId);
const reported = (orderId: string) => untilReported(stack, orderId);

async function expectPeace(): Promise<void> {
  expect(await reconcile(stack)).toMatchObject({ looked: expect.any(Number), suspects: 0 });
}

describe('the reconciler', () => {
  it('finds nothing wrong with orders that are well', async () => {
    await awaitingTransfer();
    const shipped = await paid(stack);
    expect(await update(stack, shipped, 'markShipped')).toBe('done');
    await outcome(stack, shipped);
    await paid(stack);
    await paid(stack);
    expect(await reconcile(stack)).toMatchObject({ looked: 4, suspects: 0 });
  });

  it('goes on where its last run was, and bounds a run', async () => {
    await paid(stack);
    await paid(stack);
    const short = await reconcile(stack, { ...quickPolicy, pageSize: 1, maxPages: 1 });
    expect(short).toMatchObject({
      looked: 1,
      changedAfter: { orderId: expect.stringMatching(/./) },
    });
    const looked: number[] = [];
    for (const place of [async () => {}, () => paid(stack), async () => {}]) {
      await place();
      looked.push((await reconcile(stack, quickPolicy, {})).looked);
    }
    expect(looked).toEqual([0, 1, 0]);
  });

  it('gives back money that arrives for a cancelled order, and never revives it', async () => {
    const orderId = await awaitingTransfer();
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await outcome(stack, orderId);
    await post(stack, `/admin/payments/${keyOf(orderId)}/receive`);
    expect(await reconciled(orderId)).toEqual({ repair: ['moneyWithoutOrder'], report: [] });
    expect(await types('payments', orderId)).toEqual(['charge', 'void', 'receive', 'refund']);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO' },
      payments: [
        {
          paymentStatus: 'refunded',
          metadata: { reconciled: 'money arrived for a cancelled order' },
        },
      ],
    });
    await expectPeace();
  });

  it('looks again at orders cancelled some time ago, since money may come late', async () => {
    const orderId = await awaitingTransfer();
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await outcome(stack, orderId);
    const again = { ...quickPolicy, againMs: [2_000, 4_000, 8_000, 16_000, 24_000] };
    await reconcile(stack, again, {});
    await post(stack, `/admin/payments/${keyOf(orderId)}/receive`);
    await eventually(async () => {
      await reconcile(stack, again, {});
      await caseOf(stack, orderId).describe();
    });
    expect(await caseOf(stack, orderId).result()).toMatchObject({ repair: ['moneyWithoutOrder'] });
    expect(await types('payments', orderId)).toEqual(['charge', 'void', 'receive', 'refund']);
  });

  it('releases stock and settles the payment of an order that somebody cancelled by hand', async () => {
    const orderId = await awaitingTransfer();
    await terminate(stack, orderId);
    await stack.db
      .collection('orders')
      .updateOne({ uuid: orderId }, { $set: { status: 'CANCELADO', updatedAt: new Date() } });
    expect(await reconciled(orderId)).toEqual({
      repair: ['paymentUnsettled', 'stockHeld'],
      report: [],
    });
    expect(await types('payments', orderId)).toEqual(['charge', 'void']);
    expect(await types('inventory', orderId)).toEqual(['reserve', 'release']);
    expect((await documents(stack, orderId)).payments).toMatchObject([{ paymentStatus: 'failed' }]);
    await expectPeace();
  });

  it('brings an order whose workflow was terminated to a clean end, also after its charge', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorAfter' });
    const { orderId } = await placed(stack);
    await eventually(async () => {
      expect((await documents(stack, orderId)).payments).toMatchObject([
        { paymentStatus: 'unknown' },
      ]);
    });
    await terminate(stack, orderId);
    expect(await reconciled(orderId)).toEqual({ repair: ['abandoned'], report: [] });
    expect(await types('payments', orderId)).toEqual(['charge', 'refund']);
    expect(await types('inventory', orderId)).toEqual(['reserve', 'release']);
    const { order, history, payments } = await documents(stack, orderId);
    expect(order).toMatchObject({
      status: 'CANCELADO',
      cancellation: { reason: 'reconciled', by: 'reconciler' },
    });
    expect(history.at(-1)).toMatchObject({ status: 'CANCELADO', version: order?.version });
    expect(payments).toMatchObject([{ paymentStatus: 'refunded' }]);
    await eventually(async () => {
      const ids = (await stack.events.of(orderId)).map(({ id }) => id);
      expect(ids).toContain(`${orderId}:${order?.version}:order.status_changed`);
    });
    await expectPeace();
  });

  it('cleans up after an order that was never recorded', async () => {
    const orderId = await paid(stack);
    await terminate(stack, orderId);
    await stack.db.collection('orders').deleteOne({ uuid: orderId });
    await stack.db.collection('payments').deleteMany({ orderId });
    expect(await reconciled(orderId)).toEqual({
      repair: ['moneyWithoutOrder', 'stockHeld'],
      report: [],
    });
    expect(await types('payments', orderId)).toEqual(['charge', 'refund']);
    expect(await types('inventory', orderId)).toEqual(['reserve', 'release']);
    await expectPeace();
  });

  it('records a payment that is there and not in the books', async () => {
    const orderId = await paid(stack);
    await update(stack, orderId, 'markShipped');
    await outcome(stack, orderId);
    await stack.db
      .collection('payments')
      .updateOne({ orderId }, { $set: { paymentStatus: 'unknown' } });
    expect(await reconciled(orderId)).toEqual({ repair: ['paidUnrecorded'], report: [] });
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'completed' },
    ]);
    await expectPeace();
  });

  it('reports a paid order without a charge, once, until a person has seen to it', async () => {
    const orderId = await paid(stack);
    await post(stack, `/api/payments/by-key/${keyOf(orderId)}/void`);
    const { handle, searchAttributes, details } = await reported(orderId);
    expect(searchAttributes).toMatchObject({ FailureType: ['paidWithoutCharge'] });
    expect(details).toContain('Payments knows of **no completed charge**');
    await expectPeace();
    await handle.signal('resolve', { nonsense: 1 });
    await handle.signal('cancelOrder');
    await handle.signal('resolve');
    expect(await handle.result()).toEqual({ repair: [], report: ['paidWithoutCharge'] });
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'PAGADO', version: 2 });
    await expectPeace();
  });

  it('believes an operator who has confirmed a payment from outside', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore' });
    const { orderId } = await placed(stack);
    const input = { transactionId: 'tx-outside', by: 'olga' };
    await eventually(async () => {
      expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    });
    await expectPeace();
    await expect(caseOf(stack, orderId).describe()).rejects.toThrow(reconcileOrderId(orderId));
  });

  it('reports a paid order whose workflow is gone, and cancels it if a person wants it', async () => {
    const orderId = await paid(stack);
    await terminate(stack, orderId);
    const { handle, details } = await reported(orderId);
    expect(details).toContain('**its workflow is gone**');
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'PAGADO' });
    await handle.signal('cancelOrder', { by: 'olga', reason: 'lost' });
    await handle.result();
    expect(await types('payments', orderId)).toEqual(['charge', 'refund']);
    expect(await types('inventory', orderId)).toEqual(['reserve', 'release']);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CANCELADO', cancellation: { by: 'olga', reason: 'lost' } },
      payments: [{ paymentStatus: 'refunded' }],
    });
    await expectPeace();
  });

  it('is stuck at a repair that fails, like any step, and wakes on the signal to retry', async () => {
    const orderId = await awaitingTransfer();
    await fault(stack, 'payments', {
      route: 'POST /api/payments/by-key/{key}/void',
      kind: 'errorBefore',
      orderId,
    });
    await terminate(stack, orderId);
    await eventually(async () => {
      await reconcile(stack);
      const { searchAttributes } = await caseOf(stack, orderId).describe();
      expect(searchAttributes).toMatchObject({ FailedStep: ['voidPayment'] });
    });
    await repairAll(stack);
    await caseOf(stack, orderId).signal('retry');
    await caseOf(stack, orderId).result();
    expect((await documents(stack, orderId)).order).toMatchObject({ status: 'CANCELADO' });
    await expectPeace();
  });
});
