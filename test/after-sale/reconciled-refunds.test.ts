import { describe, expect, it } from '@jest/globals';
import {
  askRefund,
  refundAtProvider,
  refunded,
  refundHandle,
  refundsOf,
  shipped,
  untilRefundStuck,
} from '../support/after-sale/refunds.ts';
import { request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { reconcile } from '../support/operators/reconciler.ts';
import { documents } from '../support/orders/orders.ts';
import { fault, ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({}, { deadlineMs: 5_000 });

async function untilRefunded(orderId: string, amount: string): Promise<void> {
  await eventually(async () => {
    const response = await request(stack, `/api/orders/${orderId}`);
    expect(await response.json()).toMatchObject({ refundedTotal: { amount } });
  });
}

describe('refunds and the reconciler', () => {
  it('takes over what was given back at the provider, once, and tells others', async () => {
    const orderId = await shipped(stack);
    await refunded(stack, orderId, { amount: '2.00' });
    await refundAtProvider(stack, orderId, '3.00');
    await reconcile(stack);
    await untilRefunded(orderId, '5.00');
    await reconcile(stack);
    expect(await refundsOf(stack, orderId)).toMatchObject([
      { kind: 'shop', total: { amount: '2.00' } },
      { kind: 'provider', status: 'completed', by: 'reconciler', total: { amount: '3.00' } },
    ]);
    await eventually(async () => {
      const events = await stack.events.of(orderId);
      expect(events.at(-1)).toMatchObject({ type: 'order.refunded', data: { refundedTotal: 5 } });
    });
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'partially_refunded' },
    ]);
    const effects = await ledger(stack, 'payments', orderId);
    expect(effects.filter(({ type }) => type === 'refund')).toHaveLength(2);
  });

  it('resumes a refund whose workflow somebody has ended', async () => {
    const orderId = await shipped(stack);
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments/by-key/{key}/refund',
      kind: 'errorAfter',
      orderId,
    });
    const response = await askRefund(stack, orderId, { amount: '1.00' });
    const { refundId } = (await response.json()) as { refundId: string };
    await untilRefundStuck(stack, orderId, refundId, 'refundPayment');
    await refundHandle(stack, orderId, refundId).terminate();
    await repair();
    await eventually(async () => {
      await reconcile(stack);
      expect(await refundsOf(stack, orderId)).toMatchObject([{ status: 'completed' }]);
    });
    const effects = await ledger(stack, 'payments', orderId);
    expect(effects.filter(({ type }) => type === 'refund')).toHaveLength(1);
  });
});
