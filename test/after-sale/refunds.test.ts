import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { connectStore } from '../../src/store/connection.ts';
import { RefundStore } from '../../src/store/refund-store.ts';
import {
  askRefund,
  OLGA,
  refundAtProvider,
  refunded,
  refundHandle,
  refundsOf,
  shipped,
  untilRefundStuck,
} from '../support/after-sale/refunds.ts';
import { expectProblem } from '../support/api/problems.ts';
import { request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, paid } from '../support/orders/orders.ts';
import { fault, ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({}, { deadlineMs: 5_000 });

const FOUR = { items: [{ productId: 'P-1001', quantity: 4 }] };

async function order(orderId: string, who = {}) {
  const response = await request(stack, `/api/orders/${orderId}`, who);
  return (await response.json()) as Record<string, unknown>;
}

/** What Payments has given back for an order, in the order in which it did. */
async function givenBack(orderId: string): Promise<unknown[]> {
  const entries = await ledger(stack, 'payments', orderId);
  return entries.filter(({ type }) => type === 'refund').map(({ amount }) => amount);
}

describe('a refund', () => {
  it('gives lines back: money, stock, records, history and event agree', async () => {
    const orderId = await shipped(stack, FOUR);
    const refund = await refunded(stack, orderId, {
      lines: [{ productId: 'P-1001', quantity: 1 }],
      reason: 'broken',
      restock: true,
    });
    expect(refund).toMatchObject({ status: 'completed', kind: 'shop', by: 'olga', restock: true });
    expect(await givenBack(orderId)).toEqual([refund.total.amount]);
    expect(await order(orderId)).toMatchObject({
      status: 'ENVIADO',
      version: 4,
      refundedTotal: refund.total,
    });
    const { history, payments } = await documents(stack, orderId);
    expect(history.at(-1)).toMatchObject({ version: 4, createdBy: 'olga', note: 'broken' });
    expect(payments).toMatchObject([{ paymentStatus: 'partially_refunded' }]);
    await refundHandle(stack, orderId, refund.refundId).result();
    expect(await ledger(stack, 'inventory', orderId)).toMatchObject([
      { type: 'reserve' },
      { type: 'return', items: [{ productId: 'P-1001', quantity: 1 }] },
    ]);
    const events = await eventually(async () => {
      const seen = await stack.events.of(orderId);
      expect(seen).toContainEqual(expect.objectContaining({ type: 'order.refunded' }));
      return seen.filter(({ type }) => type === 'order.refunded');
    });
    expect(events).toMatchObject([
      { sequence: '4', data: { refundId: refund.refundId, userId: 'ana' } },
    ]);
  });

  it('is one for each key, whatever was asked at once', async () => {
    const orderId = await shipped(stack, FOUR);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => askRefund(stack, orderId, { amount: '5.00' }, key)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const repeated = await askRefund(stack, orderId, { amount: '5.00' }, key);
    expect(repeated.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await givenBack(orderId)).toEqual(['5.00']);
    const other = await askRefund(stack, orderId, { amount: '6.00' }, key);
    await expectProblem(other, 422, 'idempotency_key_reused');
  });

  it('never gives more back than was paid, also with many at once', async () => {
    const orderId = await shipped(stack, FOUR);
    const { total } = (await order(orderId)) as { total: { minor: number; amount: string } };
    const amount = ((total.minor * 0.3) / 100).toFixed(2);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => askRefund(stack, orderId, { amount })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409]);
    expect(await givenBack(orderId)).toEqual([amount, amount, amount]);
    const rest = await refunded(stack, orderId);
    const { refundedTotal, version } = await order(orderId);
    expect(refundedTotal).toEqual(total);
    expect(version).toBe(7);
    expect((await documents(stack, orderId)).payments).toMatchObject([
      { paymentStatus: 'refunded' },
    ]);
    const more = await askRefund(stack, orderId, { amount: '0.01' });
    expect(await expectProblem(more, 409, 'refund_exceeds_order')).toMatchObject({ left: '0.00' });
    expect(await refundsOf(stack, orderId)).toHaveLength(4);
    expect(rest.status).toBe('completed');
  });

  it('sets nothing aside twice, also where each asks before the others have written', async () => {
    const orderId = await shipped(stack, FOUR);
    const { total } = (await order(orderId)) as { total: { minor: number } };
    const amount = Math.floor(total.minor * 0.3);
    const database = await connectStore(stack.workerEnv.MONGODB_URI);
    try {
      const store = new RefundStore(database);
      const reserve = () => {
        const request = { refundId: randomUUID(), orderId, kind: 'shop', amount } as const;
        const told = { restock: false, by: 'olga', requestHash: 'x' };
        return store.reserve({ ...request, ...told }, new Date().toISOString());
      };
      const settled = await Promise.allSettled(Array.from({ length: 8 }, reserve));
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await store.ofOrder(orderId)).toHaveLength(3);
    } finally {
      await database.close();
    }
  });

  it('needs an admin, a key, a shipped order, and an amount of its currency', async () => {
    const open = await paid(stack);
    await expectProblem(await askRefund(stack, open), 409, 'illegal_transition');
    await ship(stack, open);
    const path = `/api/admin/orders/${open}/refunds`;
    const mine = { method: 'POST', body: { all: true }, headers: { 'Idempotency-Key': 'k' } };
    await expectProblem(await request(stack, path, mine), 403, 'forbidden');
    const withoutKey = await request(stack, path, { method: 'POST', body: { all: true }, ...OLGA });
    await expectProblem(withoutKey, 400, 'validation_failed');
    const odd = await askRefund(stack, open, { amount: '1.005' });
    await expectProblem(odd, 422, 'amount_not_valid');
    const nothing = await askRefund(stack, open, {});
    await expectProblem(nothing, 400, 'validation_failed');
    expect(await givenBack(open)).toEqual([]);
  });

  it('that Payments cannot do now is stuck, seen, and done once when it is retried', async () => {
    const orderId = await shipped(stack);
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments/by-key/{key}/refund',
      kind: 'errorAfter',
      orderId,
    });
    const response = await askRefund(stack, orderId, { amount: '1.00' });
    expect(response.status).toBe(202);
    const { refundId } = (await response.json()) as { refundId: string };
    const { failure, details } = await untilRefundStuck(stack, orderId, refundId, 'refundPayment');
    expect(failure).toBe('payments_unknown');
    expect(details).toContain('give the money back');
    const stuck = await eventually(async () => {
      const list = await request(stack, '/api/admin/orders/stuck', OLGA);
      const { orders } = (await list.json()) as { orders: { workflowId: string }[] };
      const found = orders.find(({ workflowId }) => workflowId.startsWith(`refund-${orderId}`));
      expect(found).toBeDefined();
      return found;
    });
    expect(stuck).toMatchObject({ orderId, userId: 'ana', step: 'refundPayment' });
    await repair();
    await refundHandle(stack, orderId, refundId).signal('retry');
    await refundHandle(stack, orderId, refundId).result();
    expect(await givenBack(orderId)).toEqual(['1.00']);
    expect(await refundsOf(stack, orderId)).toMatchObject([{ status: 'completed' }]);
  });

  it('that Payments has no money left for is refused, and what it had set aside is free', async () => {
    const orderId = await shipped(stack);
    const { total } = (await order(orderId)) as { total: { amount: string } };
    await refundAtProvider(stack, orderId, total.amount);
    const response = await askRefund(stack, orderId, { amount: '1.00' });
    await expectProblem(response, 409, 'refund_exceeds_order');
    expect(await refundsOf(stack, orderId)).toMatchObject([{ status: 'refused' }]);
    expect(await order(orderId)).not.toHaveProperty('refundedTotal');
  });

  it('shows customers no names of the shop, and no refunds of others', async () => {
    const orderId = await shipped(stack);
    await refunded(stack, orderId, { amount: '1.00' });
    expect(await refundsOf(stack, orderId)).toMatchObject([{ by: 'support' }]);
    const others = await request(stack, `/api/orders/${orderId}/refunds`, { sub: 'luis' });
    await expectProblem(others, 404, 'not_found');
  });
});
