import { describe, expect, it } from '@jest/globals';
import { deliveryWorkflowId } from '../../src/contract/delivery.ts';
import { OLGA, refunded, shipped } from '../support/after-sale/refunds.ts';
import { expectProblem } from '../support/api/problems.ts';
import { request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, paid } from '../support/orders/orders.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

const arrived = (orderId: string, body: object = {}, who: object = OLGA) =>
  request(stack, `/api/admin/orders/${orderId}/deliveries`, { method: 'POST', body, ...who });

describe('a shipped order that has arrived', () => {
  it('says since when; the first fact stands, and the status is what it was', async () => {
    const orderId = await shipped(stack);
    const first = await arrived(orderId, { note: 'told by the carrier' });
    const order = (await first.json()) as Record<string, unknown>;
    expect([first.status, order]).toMatchObject([200, { status: 'ENVIADO', version: 4 }]);
    const again = await arrived(orderId);
    expect(await again.json()).toMatchObject({ deliveredAt: order.deliveredAt, version: 4 });
    await stack.client.workflow.getHandle(deliveryWorkflowId(orderId)).result();
    await eventually(async () => {
      const events = await stack.events.of(orderId);
      expect(events.at(-1)).toMatchObject({
        ...{ type: 'order.delivered', sequence: '4', data: { deliveredAt: order.deliveredAt } },
      });
    });
    const { history } = await documents(stack, orderId);
    expect(history.at(-1)).toMatchObject({ version: 4, comment: 'delivered', createdBy: 'olga' });
  });

  it('takes a version of its own, whatever is refunded at the same time', async () => {
    const orderId = await shipped(stack);
    await Promise.all([
      arrived(orderId),
      refunded(stack, orderId, { amount: '1.00' }),
      arrived(orderId),
      refunded(stack, orderId, { amount: '2.00' }),
    ]);
    const { order, history } = await documents(stack, orderId);
    expect([order?.version, history.map(({ version }) => version)]).toEqual([
      6,
      [1, 2, 3, 4, 5, 6],
    ]);
    await expectInvariants(stack, orderId);
  });

  it('gives the customer time to withdraw from then on', async () => {
    const orderId = await shipped(stack);
    const longAgo = new Date(Date.now() - 2_000_000_000);
    const set = { $set: { shippedAt: longAgo } };
    await stack.db.collection('orders').updateOne({ uuid: orderId }, set);
    const path = `/api/orders/${orderId}/withdrawal`;
    const late = await request(stack, path, { method: 'POST' });
    await expectProblem(late, 409, 'withdrawal_expired');
    await arrived(orderId);
    expect((await request(stack, path, { method: 'POST' })).status).toBe(201);
  });

  it('is told by admins, of what is shipped, and not of the future', async () => {
    const open = await paid(stack);
    await expectProblem(await arrived(open), 409, 'illegal_transition');
    const orderId = await shipped(stack);
    await expectProblem(await arrived(orderId, {}, {}), 403, 'forbidden');
    const future = new Date(Date.now() + 3_600_000).toISOString();
    await expectProblem(await arrived(orderId, { deliveredAt: future }), 409, 'illegal_transition');
    const { order } = await documents(stack, orderId);
    expect(order).not.toHaveProperty('delivery');
  });
});
