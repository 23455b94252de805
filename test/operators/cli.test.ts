import { describe, expect, it, jest } from '@jest/globals';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { untilStuck } from '../support/operators/operators.ts';
import { findTemporalCli, temporal } from '../support/operators/temporal-cli.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { fault } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

jest.setTimeout(120_000);

const program = (await findTemporalCli()) ?? '';
if (program === '')
  process.stderr.write('\nNO TEMPORAL CLI HERE: IT IS NOT TESTED IN THIS RUN\n\n');
const describeCli = program === '' ? describe.skip : describe;

const stack = useStack();

const breakPayments = () =>
  fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore' });

async function stuckOrder(): Promise<{ orderId: string; workflowId: string }> {
  const { orderId } = await placed(stack);
  await untilStuck(stack, orderId, 'chargePayment');
  return { orderId, workflowId: orderWorkflowId(orderId) };
}

async function lastOf(orderId: string) {
  const { history } = await documents(stack, orderId);
  const last = history.at(-1);
  return [last?.status, last?.comment, last?.createdBy];
}

const update = (workflowId: string, name: string, input: string) =>
  temporal(
    program,
    ...['workflow', 'update', 'execute', '--workflow-id', workflowId],
    ...['--name', name, '--input', input],
  );

describeCli('an operator with the temporal CLI', () => {
  it('retries one order by a signal', async () => {
    const repair = await breakPayments();
    const { orderId, workflowId } = await stuckOrder();
    await repair();
    const args = ['workflow', 'signal', '--workflow-id', workflowId, '--name', 'retry'];
    const input = ['--input', '{"by": "olga", "note": "payments is back"}'];
    expect(await temporal(program, ...args, ...input)).toContain('Signal workflow succeeded');
    await untilStatus(stack, orderId, 'PAGADO');
    const { history } = await documents(stack, orderId);
    expect(history[1]).toMatchObject({
      comment: 'retry',
      note: 'payments is back',
      createdBy: 'olga',
    });
  });

  it('finds what is stuck, and retries all of it in a batch by query', async () => {
    const repair = await breakPayments();
    const stuck = await Promise.all([stuckOrder(), stuckOrder(), stuckOrder()]);
    // Others share the server: an operator leaves the task queue out.
    const query = `NeedsAttention = true AND FailedStep = "chargePayment" AND TaskQueue = "${stack.taskQueue}"`;
    const found = await temporal(program, 'workflow', 'list', '--query', query);
    for (const { workflowId } of stuck) expect(found).toContain(workflowId);
    expect(await temporal(program, 'workflow', 'count', '--query', query)).toContain('Total: 3');

    await repair();
    await temporal(
      program,
      ...['workflow', 'signal', '--query', query, '--name', 'retry'],
      ...['--input', '{"by": "olga", "bulkAction": "batch"}', '--rps', '20'],
      ...['--reason', 'payments is back', '--yes'],
    );
    for (const { orderId } of stuck) {
      await untilStatus(stack, orderId, 'PAGADO');
      const { history } = await documents(stack, orderId);
      expect(history[1]).toMatchObject({ comment: 'retry', createdBy: 'olga' });
    }
  });

  it('confirms a payment and ships by updates, which answer', async () => {
    await breakPayments();
    const { orderId, workflowId } = await stuckOrder();
    const evidence = '{"by": "olga", "transactionId": "tx-outside", "note": "seen at the bank"}';
    await update(workflowId, 'confirmPayment', evidence);
    expect(await lastOf(orderId)).toEqual(['PAGADO', 'payment tx-outside confirmed', 'olga']);
    await update(workflowId, 'markShipped', '{"by": "olga", "carrier": "Correos"}');
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'ENVIADO', shipment: { carrier: 'Correos' } },
    });
  });

  it('is told why an update is refused, and nothing has happened then', async () => {
    await breakPayments();
    const { orderId, workflowId } = await stuckOrder();
    const refusals: [name: string, input: string, why: string][] = [
      ['markShipped', '{}', 'the order is CREADO'],
      ['confirmPayment', '{"by": "olga"}', 'transactionId is missing'],
      ['retry', '{"who": "olga"}', 'The input has no field who'],
      ['cancelOrder', '[1]', 'The input must be a JSON object'],
      ['cancelOrder', '{"reason": 7}', 'The input reason must be a text'],
    ];
    for (const [name, input, why] of refusals) {
      await expect(update(workflowId, name, input)).rejects.toThrow(why);
    }
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CREADO', version: 1 },
    });
    await update(workflowId, 'cancelOrder', '{"by": "olga", "reason": "no patience"}');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(await lastOf(orderId)).toEqual(['CANCELADO', 'no patience', 'olga']);
  });

  it('requests the cancellation of a workflow, which cancels the order', async () => {
    await breakPayments();
    const { orderId, workflowId } = await stuckOrder();
    await temporal(program, 'workflow', 'cancel', '--workflow-id', workflowId);
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(await lastOf(orderId)).toEqual([
      'CANCELADO',
      'cancellation requested',
      'operator (Web UI)',
    ]);
  });
});
