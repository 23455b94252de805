import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../dev/processes/ports.ts';
import { anotherApi } from './support/app.ts';
import { eventually } from './support/eventually.ts';
import { forget } from './support/forget.ts';
import { handleOf } from './support/operators.ts';
import { documents, outcome, paid, placed, untilStatus } from './support/orders.ts';
import { expectProblem } from './support/problems.ts';
import { refuseWrites } from './support/refuse-writes.ts';
import { request } from './support/requests.ts';
import { fault, ledger, repairAll, types } from './support/services.ts';
import { type Stack, startStack } from './support/stack.ts';

jest.setTimeout(180_000);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patientMs: 60_000 });
});
afterAll(async () => {
  await stack?.stop();
});
afterEach(async () => {
  await repairAll(stack);
});

type Api = Pick<Stack, 'app'>;

const cancel = (orderId: string, reason?: string, headers = {}, api: Api = stack) =>
  request(api, `/api/orders/${orderId}/cancel`, { method: 'POST', body: { reason }, headers });
const change = (orderId: string, body: object, headers = {}, api: Api = stack) =>
  request(api, `/api/orders/${orderId}/status`, {
    method: 'PATCH',
    body,
    headers,
    sub: 'olga',
    role: 'admin',
  });
const shipment = { status: 'ENVIADO', carrier: 'Correos', trackingNumber: 'CX123' };

async function expectOrder(response: Response, order: object): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([200, order]);
}

/** The number of Updates of this name that the order's workflow has accepted. */
async function acceptedUpdates(orderId: string, name: string): Promise<number> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const accepted = events?.map((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
  return (accepted ?? []).filter((one) => one?.acceptedRequest?.input?.name === name).length;
}

/** An API that gives up soon, so that it answers 202. */
const hastyApi = () => anotherApi(stack, { deadlineMs: 1_500 });

/** An API whose Temporal does not answer, for a while. */
async function withoutTemporal(run: (api: Api) => Promise<void>): Promise<void> {
  const connection = Connection.lazy({ address: `127.0.0.1:${(await freePort()).port}` });
  try {
    await run(anotherApi(stack, { deadlineMs: 1_000, client: new Client({ connection }) }));
  } finally {
    await connection.close();
  }
}

async function pendingTransfer(): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await eventually(async () => {
    const { payments } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
  });
  return orderId;
}

describe('a change that is done', () => {
  it('is answered in the same way again: a cancelled order, also when Temporal has forgotten it', async () => {
    const orderId = await paid(stack);
    await expectOrder(await cancel(orderId, 'ordered twice'), { status: 'CANCELADO', version: 3 });
    const first = { version: 3, cancellation: { reason: 'ordered twice', by: 'ana' } };
    await expectOrder(await cancel(orderId, 'ordered twice'), first);
    await outcome(stack, orderId);
    await expectOrder(await cancel(orderId, 'for another reason'), first);
    const byAdmin = { status: 'CANCELADO', reason: 'customer called' };
    await expectOrder(await change(orderId, byAdmin), first);
    await forget(stack, orderId);
    await expectOrder(await cancel(orderId), first);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is answered in the same way again: a shipped order, if nothing differs', async () => {
    const orderId = await paid(stack);
    await expectOrder(await change(orderId, shipment), { status: 'ENVIADO', version: 3 });
    const { status: _status, ...details } = shipment;
    const first = { status: 'ENVIADO', version: 3, shipment: details };
    await expectOrder(await change(orderId, shipment), first);
    await outcome(stack, orderId);
    await expectOrder(await change(orderId, shipment), first);
    for (const other of [
      { trackingNumber: 'CX124' },
      { carrier: 'SEUR' },
      { carrier: undefined },
    ]) {
      const response = await change(orderId, { ...shipment, ...other });
      await expectProblem(response, 409, 'illegal_transition');
    }
    await forget(stack, orderId);
    await expectOrder(await change(orderId, shipment), first);
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is answered in the same way again: a payment confirmed with the same number', async () => {
    const orderId = await pendingTransfer();
    const confirm = (transactionId: string) =>
      change(orderId, { status: 'PAGADO', transactionId, note: 'seen at the bank' });
    const first = { status: 'PAGADO', version: 2 };
    await expectOrder(await confirm('tx-77'), first);
    await expectOrder(await confirm('tx-77'), first);
    await expectProblem(await confirm('tx-78'), 409, 'illegal_transition');
    await expectOrder(await change(orderId, shipment), { status: 'ENVIADO' });
    await outcome(stack, orderId);
    await expectOrder(await confirm('tx-77'), { status: 'ENVIADO', version: 3 });
    await expectProblem(await confirm('tx-78'), 409, 'illegal_transition');
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'completed', transactionId: 'tx-77' }],
    });
  });

  it('succeeds also with the version that it was made in, and not for who wants something else', async () => {
    const orderId = await paid(stack);
    const before = { 'If-Match': '"2"' };
    const first = { status: 'CANCELADO', version: 3 };
    await expectOrder(await cancel(orderId, 'ordered twice', before), first);
    await expectOrder(await cancel(orderId, 'ordered twice', before), first);
    await expectProblem(await change(orderId, shipment, before), 412, 'precondition_failed');
    await expectProblem(await change(orderId, shipment), 409, 'illegal_transition');
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is no repeat when it was not asked for: a declined order was not cancelled on request', async () => {
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    await untilStatus(stack, orderId, 'CANCELADO');
    const problem = await expectProblem(await cancel(orderId), 409, 'illegal_transition');
    expect(problem.detail).toContain('payment_declined');
  });
});

describe('what the stored order says', () => {
  it('is answered without its workflow', async () => {
    const [shipped, cancelled] = [await paid(stack), await paid(stack)];
    await change(shipped, shipment);
    await cancel(cancelled);
    await withoutTemporal(async (api) => {
      await expectProblem(await cancel(shipped, 'too late', {}, api), 409, 'illegal_transition');
      const byAdmin = { status: 'CANCELADO', reason: 'customer called' };
      await expectProblem(await change(shipped, byAdmin, {}, api), 409, 'illegal_transition');
      await expectProblem(await change(cancelled, shipment, {}, api), 409, 'illegal_transition');
      await expectOrder(await change(shipped, shipment, {}, api), { status: 'ENVIADO' });
      await expectOrder(await cancel(cancelled, 'again', {}, api), { status: 'CANCELADO' });
    });
    expect(types(await ledger(stack, 'payments', shipped))).toEqual(['charge']);
  });
});

describe('a change that is accepted and not done yet', () => {
  it('is learnt of by the same request: a cancellation that waits for the charge', async () => {
    const rule = { route: 'POST /api/payments', kind: 'latency', latencyMs: 8_000, times: 1 };
    await fault(stack, 'payments', rule);
    const { orderId } = await placed(stack);
    const api = hastyApi();
    const asked = await Promise.all(
      Array.from({ length: 15 }, (_, index) => cancel(orderId, `reason ${index}`, {}, api)),
    );
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await acceptedUpdates(orderId, 'cancelOrder')).toBe(1);
    await expectOrder(await cancel(orderId, 'reason 3'), { status: 'CANCELADO' });
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
      expect((await change(orderId, shipment, {}, api)).status).toBe(202);
      expect((await change(orderId, shipment, {}, api)).status).toBe(202);
      expect(await acceptedUpdates(orderId, 'markShipped')).toBe(1);
      const other = { ...shipment, trackingNumber: 'CX124' };
      await expectProblem(await change(orderId, other, {}, api), 409, 'illegal_transition');
      const refusal = await expectProblem(
        await cancel(orderId, '', {}, api),
        400,
        'validation_failed',
      );
      expect(refusal.errors).toMatchObject([{ pointer: '#/reason' }]);
      await expectProblem(await cancel(orderId, 'late', {}, api), 409, 'illegal_transition');
    } finally {
      await repair();
    }
    await expectOrder(await change(orderId, shipment), { status: 'ENVIADO', version: 3 });
    await expectProblem(await cancel(orderId, 'late'), 409, 'illegal_transition');
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
        untilKnown(() => change(orderId, shipment, {}, api)),
        untilKnown(() => cancel(orderId, 'late', {}, api)),
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
    const rule = { route: 'POST /api/payments', kind: 'latency', latencyMs: 3_000, times: 1 };
    await fault(stack, 'payments', rule);
    const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
    const confirm = () => change(orderId, { status: 'PAGADO', transactionId: 'tx-9' });
    await expectProblem(await confirm(), 409, 'illegal_transition');
    await expectProblem(await confirm(), 409, 'illegal_transition');
    expect(await acceptedUpdates(orderId, 'confirmPayment')).toBe(0);
    await eventually(async () => {
      const { payments } = await documents(stack, orderId);
      expect(payments).toMatchObject([{ paymentStatus: 'pending' }]);
    });
    await expectOrder(await confirm(), { status: 'PAGADO' });
    expect(await acceptedUpdates(orderId, 'confirmPayment')).toBe(1);
  });
});
