import { describe, expect, it, jest } from '@jest/globals';
import { anotherApi } from '../../support/api/app.ts';
import {
  acceptedUpdates,
  cancel,
  change,
  expectOrder,
  shipment,
} from '../../support/api/changes.ts';
import { expectProblem } from '../../support/api/problems.ts';
import { eventually } from '../../support/eventually.ts';
import { refuseWrites } from '../../support/mongodb/refuse-writes.ts';
import { documents, outcome, paid, placed } from '../../support/orders/orders.ts';
import { fault, ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

jest.setTimeout(180_000);

const stack = useStack({ retryMs: 60_000 });

/** An API that gives up soon, so that it answers 202. */
const hastyApi = () => anotherApi(stack, { deadlineMs: 1_500 });

/** Sends a change until its answer is "accepted": a busy machine may take it later than the API waits. */
const untilAccepted = (send: () => Promise<Response>) =>
  eventually(async () => expect((await send()).status).toBe(202));

describe('a change that is accepted and not done yet', () => {
  it('is learnt of by the same request: a cancellation that waits for the charge', async () => {
    const rule = { route: 'POST /api/payments', kind: 'latency', latencyMs: 9_000, times: 1 };
    await fault(stack, 'payments', rule);
    const { orderId } = await placed(stack);
    const api = hastyApi();
    await untilAccepted(() => cancel(api, orderId, 'ordered twice'));
    const asked = await Promise.all(
      Array.from({ length: 15 }, (_, index) => cancel(api, orderId, `reason ${index}`)),
    );
    for (const { status } of asked) expect([200, 202]).toContain(status);
    expect(await acceptedUpdates(stack, orderId, 'cancelOrder')).toBe(1);
    await expectOrder(await cancel(stack, orderId, 'reason 3'), { status: 'CANCELADO' });
    await outcome(stack, orderId);
    expect(types(await ledger(stack, 'payments', orderId))).toContainEqual(
      expect.stringMatching(/refund|tombstone/),
    );
  });

  it('is learnt of by the same request: an order shipped while MongoDB takes no writes', async () => {
    const orderId = await paid(stack);
    const api = hastyApi();
    const repair = await refuseWrites(stack, 'orders');
    try {
      await untilAccepted(() => change(api, orderId, shipment));
      await untilAccepted(() => change(api, orderId, shipment));
      expect(await acceptedUpdates(stack, orderId, 'markShipped')).toBe(1);
      const other = { ...shipment, trackingNumber: 'CX124' };
      await expectProblem(await change(api, orderId, other), 409, 'illegal_transition');
      await expectProblem(await cancel(api, orderId, 'late'), 409, 'illegal_transition');
    } finally {
      await repair();
    }
    await expectOrder(await change(stack, orderId, shipment), { status: 'ENVIADO', version: 3 });
    await expectProblem(await cancel(stack, orderId, 'late'), 409, 'illegal_transition');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('is learnt of by the same request, whoever wins: shipping and cancelling at once', async () => {
    const orderIds = await Promise.all(Array.from({ length: 6 }, () => paid(stack)));
    const api = anotherApi(stack, { deadlineMs: 100 });
    const untilKnown = (send: () => Promise<Response>) =>
      eventually(async () => {
        const { status } = await send();
        expect([200, 409]).toContain(status);
        return status;
      });
    const races = orderIds.map(async (orderId) => {
      const answers = await Promise.all([
        untilKnown(() => change(api, orderId, shipment)),
        untilKnown(() => cancel(api, orderId, 'late')),
      ]);
      const { status } = await eventually(async () => {
        const { order } = await documents(stack, orderId);
        expect(['ENVIADO', 'CANCELADO']).toContain(order?.status);
        return { status: order?.status };
      });
      expect(answers).toEqual(status === 'ENVIADO' ? [200, 409] : [409, 200]);
    });
    await Promise.all(races);
  });
});

describe('a refusal', () => {
  it('costs the order nothing, and the same request is heard when it fits', async () => {
    const rule = { route: 'POST /api/payments', kind: 'latency', latencyMs: 8_000, times: 1 };
    await fault(stack, 'payments', rule);
    const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
    const confirm = () => change(stack, orderId, { status: 'PAGADO', transactionId: 'tx-9' });
    await expectProblem(await confirm(), 409, 'illegal_transition');
    await expectProblem(await confirm(), 409, 'illegal_transition');
    expect(await acceptedUpdates(stack, orderId, 'confirmPayment')).toBe(0);
    await eventually(async () => {
      const { payments } = await documents(stack, orderId);
      expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
    });
    await expectOrder(await confirm(), { status: 'PAGADO' });
    expect(await acceptedUpdates(stack, orderId, 'confirmPayment')).toBe(1);
  });
});
