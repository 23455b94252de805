import { describe, expect, it } from '@jest/globals';
import {
  OLGA,
  type RefundAnswer,
  refundHandle,
  refundsOf,
  shipped,
  untilRefundStuck,
} from '../support/after-sale/refunds.ts';
import { expectProblem } from '../support/api/problems.ts';
import { request } from '../support/api/requests.ts';
import { documents, paid } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

const withdraw = (orderId: string, body?: object, sub = 'ana') =>
  request(stack, `/api/orders/${orderId}/withdrawal`, { method: 'POST', body, sub });

async function withdrawn(orderId: string, body?: object): Promise<RefundAnswer> {
  const response = await withdraw(orderId, body);
  expect(response.status).toBe(201);
  return (await response.json()) as RefundAnswer;
}

const decide = (orderId: string, refundId: string, decision: string, body?: object) => {
  const path = `/api/admin/orders/${orderId}/refunds/${refundId}/${decision}`;
  return request(stack, path, { method: 'POST', body, ...OLGA });
};

describe('a customer who withdraws', () => {
  it('gets the money back once the shop has the goods, and not before', async () => {
    const orderId = await shipped(stack);
    const refund = await withdrawn(orderId, { reason: 'too small' });
    expect(refund).toMatchObject({ kind: 'withdrawal', status: 'requested', by: 'ana' });
    const { failure, details } = await untilRefundStuck(
      ...([stack, orderId, refund.refundId, 'refundPayment'] as const),
    );
    expect(failure).toBe('withdrawal');
    expect(details).toContain('The customer withdraws');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);

    const approved = await decide(orderId, refund.refundId, 'approve');
    expect(approved.status).toBe(200);
    await refundHandle(stack, orderId, refund.refundId).result();
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect(await refundsOf(stack, orderId)).toMatchObject([
      { status: 'completed', by: 'ana', decidedBy: 'support', total: refund.total },
    ]);
    const { history } = await documents(stack, orderId);
    expect(history.at(-1)).toMatchObject({ createdBy: 'olga' });
    expect((await decide(orderId, refund.refundId, 'approve')).status).toBe(200);
    const late = await decide(orderId, refund.refundId, 'reject');
    await expectProblem(late, 409, 'illegal_transition');
  });

  it('asks once, however often the button is pressed', async () => {
    const orderId = await shipped(stack);
    const [first, second] = await Promise.all([withdrawn(orderId), withdrawn(orderId)]);
    const third = await withdrawn(orderId);
    expect(new Set([first, second, third].map(({ refundId }) => refundId)).size).toBe(1);
    const all = await refundsOf(stack, orderId);
    expect(all).toMatchObject([{ status: 'requested' }]);
  });

  it('is rejected with a reason, and what was set aside is free again', async () => {
    const orderId = await shipped(stack);
    const { refundId } = await withdrawn(orderId, {
      lines: [{ productId: 'P-1001', quantity: 1 }],
    });
    const rejected = await decide(orderId, refundId, 'reject', { reason: 'it never came back' });
    expect(await rejected.json()).toMatchObject({ status: 'refused' });
    expect(await refundsOf(stack, orderId)).toMatchObject([
      { status: 'refused', decisionReason: 'it never came back' },
    ]);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    const again = await withdrawn(orderId, { lines: [{ productId: 'P-1001', quantity: 2 }] });
    expect(again.status).toBe('requested');
  });

  it('is decided by signals too, as in the Web UI; at the wrong time they are noted', async () => {
    const orderId = await shipped(stack);
    const { refundId } = await withdrawn(orderId);
    const handle = refundHandle(stack, orderId, refundId);
    await untilRefundStuck(stack, orderId, refundId, 'refundPayment');
    await handle.signal('confirmRefund', { by: 'olga', transactionId: 'x' });
    await handle.signal('approve', { by: 'olga' });
    expect(await handle.result()).toEqual({ status: 'completed' });
  });

  it('is refused before the shipment, after the time, and for the orders of others', async () => {
    const open = await paid(stack);
    await expectProblem(await withdraw(open), 409, 'illegal_transition');
    const orderId = await shipped(stack);
    await expectProblem(await withdraw(orderId, {}, 'luis'), 404, 'not_found');
    const longAgo = new Date(Date.now() - 1_209_600_001);
    await stack.db
      .collection('orders')
      .updateOne({ uuid: orderId }, { $set: { shippedAt: longAgo } });
    await expectProblem(await withdraw(orderId), 409, 'withdrawal_expired');
  });
});
