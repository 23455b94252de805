import { describe, expect, it } from '@jest/globals';
import { ORDER_WORKFLOW, type OrderInput, operatorSignal } from '../../src/contract/order.ts';
import { ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, signal, untilStuck, update } from '../support/operators/operators.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome, paid, untilStatus } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

/** What the button *Reset* of the Web UI does; workflow task 1 ends with event 4. */
async function reset(orderId: string): Promise<void> {
  await stack.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: `order-${orderId}` },
    reason: 'tried it',
    requestId: orderId,
    workflowTaskFinishEventId: 4 as never,
  });
}

async function inputOf(orderId: string): Promise<OrderInput> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString());
}

async function startAgain(workflowId: string, input: OrderInput) {
  return stack.client.workflow.start(ORDER_WORKFLOW, {
    workflowId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    taskQueue: stack.taskQueue,
    args: [input],
  });
}

describe('a second run of an order', () => {
  it('that is shipped ends as that, and refunds and releases nothing', async () => {
    const orderId = await paid(stack);
    await ship(stack, orderId);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    const before = await documents(stack, orderId);
    await reset(orderId);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(await documents(stack, orderId)).toEqual(before);
    await expectInvariants(stack, orderId);
  });

  it('that is shipped refuses to be cancelled, whenever that is asked', async () => {
    const orderId = await paid(stack);
    await ship(stack, orderId);
    await outcome(stack, orderId);
    await reset(orderId);
    expect(['illegal_transition', 'ended']).toContain(await update(stack, orderId, 'cancelOrder'));
    await outcome(stack, orderId);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);
  });

  it('that is paid goes on from there, and is cancelled with one refund', async () => {
    const orderId = await paid(stack);
    const input = await inputOf(orderId);
    await handleOf(stack, orderId).terminate();
    await startAgain(`order-${orderId}`, input);
    await eventually(async () => {
      expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
    });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    await expectInvariants(stack, orderId);
  });

  it('that is paid, and cancelled before the run has looked, is refunded once', async () => {
    const orderId = await paid(stack);
    const input = await inputOf(orderId);
    await handleOf(stack, orderId).terminate();
    await stack.client.workflow.signalWithStart(ORDER_WORKFLOW, {
      workflowId: `order-${orderId}`,
      taskQueue: stack.taskQueue,
      args: [input],
      signal: operatorSignal('cancelOrder'),
      signalArgs: [{ by: 'olga' }],
    });
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'refund']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    await expectInvariants(stack, orderId);
  });

  it('under another id ends at once, and touches nothing', async () => {
    const orderId = await paid(stack);
    const again = await startAgain(`${orderId}-again`, await inputOf(orderId));
    expect(await again.result()).toMatchObject({ status: 'refused' });
    const { events = [] } = await again.fetchHistory();
    expect(
      (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes),
    ).toHaveLength(0);
  });
});

describe('an order that is recorded further than its workflow knows', () => {
  async function recordedAsShipped(): Promise<string> {
    const orderId = await paid(stack);
    const change = { status: 'ENVIADO', version: 3, shippedAt: new Date() };
    await stack.db.collection('orders').updateOne({ uuid: orderId }, { $set: change });
    const row = { orderId, status: 'ENVIADO', version: 3, comment: 'shipped' };
    const by = { createdAt: new Date(), createdBy: 'olga' };
    await stack.db.collection('orderstatushistory').insertOne({ ...row, ...by });
    return orderId;
  }

  it('is stuck before anything is given back, says so, and goes on from there', async () => {
    const orderId = await recordedAsShipped();
    await signal(stack, orderId, 'cancelOrder', { by: 'olga' });
    const { attributes, details } = await untilStuck(stack, orderId, 'loadOrder');
    expect(attributes).toMatchObject({ FailureType: ['order_conflict'] });
    expect(details).toContain('recorded as ENVIADO, version 3');
    expect(details).toContain('`retry`');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);

    await signal(stack, orderId, 'retry', { by: 'olga' });
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    await expectInvariants(stack, orderId);
  });

  it('counts as shipped when a shipment finds it so', async () => {
    const orderId = await recordedAsShipped();
    expect(await update(stack, orderId, 'markShipped', { by: 'olga' })).toBe('done');
    await untilStatus(stack, orderId, 'ENVIADO');
  });
});
