import { describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../../../dev/processes/ports.ts';
import { anotherApi } from '../../support/api/app.ts';
import { type Api, cancel, change, expectOrder, shipment } from '../../support/api/changes.ts';
import { expectProblem } from '../../support/api/problems.ts';
import { eventually } from '../../support/eventually.ts';
import { forget } from '../../support/operators/forget.ts';
import { documents, outcome, paid, placed, untilStatus } from '../../support/orders/orders.ts';
import { ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

jest.setTimeout(180_000);

const stack = useStack();

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
  it('is answered in the same way again: a cancelled order', async () => {
    const orderId = await paid(stack);
    await expectOrder(await cancel(stack, orderId, 'ordered twice'), {
      status: 'CANCELADO',
      version: 3,
    });
    const first = { version: 3, cancellation: { reason: 'ordered twice', by: 'ana' } };
    await expectOrder(await cancel(stack, orderId, 'ordered twice'), first);
    await outcome(stack, orderId);
    await expectOrder(await cancel(stack, orderId, 'for another reason'), first);
    const byAdmin = { status: 'CANCELADO', reason: 'customer called' };
    await expectOrder(await change(stack, orderId, byAdmin), first);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is answered in the same way again: a shipped order, if nothing differs', async () => {
    const orderId = await paid(stack);
    await expectOrder(await change(stack, orderId, shipment), { status: 'ENVIADO', version: 3 });
    const { status: _status, ...details } = shipment;
    const first = { status: 'ENVIADO', version: 3, shipment: details };
    await expectOrder(await change(stack, orderId, shipment), first);
    await outcome(stack, orderId);
    await expectOrder(await change(stack, orderId, shipment), first);
    for (const other of [
      { trackingNumber: 'CX124' },
      { carrier: 'SEUR' },
      { carrier: undefined },
    ]) {
      const response = await change(stack, orderId, { ...shipment, ...other });
      await expectProblem(response, 409, 'illegal_transition');
    }
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is answered in the same way again: a payment confirmed with the same number', async () => {
    const orderId = await pendingTransfer();
    const confirm = (transactionId: string) =>
      change(stack, orderId, { status: 'PAGADO', transactionId, note: 'seen at the bank' });
    const first = { status: 'PAGADO', version: 2 };
    await expectOrder(await confirm('tx-77'), first);
    await expectOrder(await confirm('tx-77'), first);
    await expectProblem(await confirm('tx-78'), 409, 'illegal_transition');
    await expectOrder(await change(stack, orderId, shipment), { status: 'ENVIADO' });
    await outcome(stack, orderId);
    await expectOrder(await confirm('tx-77'), { status: 'ENVIADO', version: 3 });
    await expectProblem(await confirm('tx-78'), 409, 'illegal_transition');
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'completed', transactionId: 'tx-77' }],
    });
  });

  it('is answered in the same way again when Temporal has forgotten the order', async () => {
    const [shipped, cancelled] = [await paid(stack), await paid(stack)];
    await change(stack, shipped, shipment);
    await cancel(stack, cancelled);
    await Promise.all([shipped, cancelled].map((orderId) => outcome(stack, orderId)));
    await Promise.all([shipped, cancelled].map((orderId) => forget(stack, orderId)));
    await expectOrder(await change(stack, shipped, shipment), { status: 'ENVIADO', version: 3 });
    await expectOrder(await cancel(stack, cancelled), { status: 'CANCELADO', version: 3 });
    await expectProblem(await cancel(stack, shipped), 409, 'illegal_transition');
    await expectProblem(await change(stack, cancelled, shipment), 409, 'illegal_transition');
  });

  it('succeeds also with the version that it was made in, and not for who wants something else', async () => {
    const orderId = await paid(stack);
    const before = { 'If-Match': '"2"' };
    const first = { status: 'CANCELADO', version: 3 };
    await expectOrder(await cancel(stack, orderId, 'ordered twice', before), first);
    await expectOrder(await cancel(stack, orderId, 'ordered twice', before), first);
    await expectProblem(await change(stack, orderId, shipment, before), 412, 'precondition_failed');
    await expectProblem(await change(stack, orderId, shipment), 409, 'illegal_transition');
    expect((await documents(stack, orderId)).history).toHaveLength(3);
  });

  it('is no repeat when it was not asked for: a declined order was not cancelled on request', async () => {
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    await untilStatus(stack, orderId, 'CANCELADO');
    const problem = await expectProblem(await cancel(stack, orderId), 409, 'illegal_transition');
    expect(problem.detail).toContain('payment_declined');
  });
});

describe('what the stored order says', () => {
  it('is answered without its workflow', async () => {
    const [shipped, cancelled] = [await paid(stack), await paid(stack)];
    await change(stack, shipped, shipment);
    await cancel(stack, cancelled);
    await withoutTemporal(async (api) => {
      await expectProblem(await cancel(api, shipped, 'too late'), 409, 'illegal_transition');
      const byAdmin = { status: 'CANCELADO', reason: 'customer called' };
      await expectProblem(await change(api, shipped, byAdmin), 409, 'illegal_transition');
      await expectProblem(await change(api, cancelled, shipment), 409, 'illegal_transition');
      await expectOrder(await change(api, shipped, shipment), { status: 'ENVIADO' });
      await expectOrder(await cancel(api, cancelled, 'again'), { status: 'CANCELADO' });
    });
    expect(types(await ledger(stack, 'payments', shipped))).toEqual(['charge']);
  });
});
