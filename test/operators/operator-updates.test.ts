import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isGrpcServiceError } from '@temporalio/client';
import { loadWorkerConfig } from '../../src/config/config.ts';
import {
  type OperatorAction,
  type OperatorInput,
  operatorUpdate,
  orderWorkflowId,
} from '../../src/contract/order.ts';
import { startWorker } from '../../src/worker.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, stuckAtCharge, untilStuck, update } from '../support/operators/operators.ts';
import { documents, outcome, paid } from '../support/orders/orders.ts';
import { fault, ledger, repairAll, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  await work();
});
afterAll(async () => {
  await rest();
  await stack?.stop();
});
afterEach(async () => {
  await repairAll(stack);
});

async function work(): Promise<void> {
  worker ??= await startWorker(loadWorkerConfig(stack.workerEnv));
}

async function rest(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

/** Has all of these come to the order in one workflow task, and answers what they were told. */
async function atOnce(
  orderId: string,
  ...intents: [OperatorAction, OperatorInput][]
): Promise<string[]> {
  await rest();
  const answers: Promise<string>[] = [];
  for (const [action, input] of intents) {
    const updateId = randomUUID();
    const answer = handleOf(stack, orderId).executeUpdate(operatorUpdate(action), {
      updateId,
      args: [input],
    });
    answers.push(
      answer.then(
        () => 'done',
        ({ cause }) => `${cause.type}: ${cause.message}`,
      ),
    );
    await untilAdmitted(orderId, updateId);
  }
  await work();
  return Promise.all(answers);
}

async function untilAdmitted(orderId: string, updateId: string): Promise<void> {
  await eventually(async () => {
    try {
      await stack.client.withDeadline(Date.now() + 1_000, () =>
        stack.client.workflowService.pollWorkflowExecutionUpdate({
          namespace: stack.client.options.namespace,
          updateRef: { workflowExecution: { workflowId: orderWorkflowId(orderId) }, updateId },
        }),
      );
    } catch (error) {
      throw isGrpcServiceError(error) ? new Error(error.message) : error;
    }
  });
}

const stuck = async () => (await stuckAtCharge(stack)).orderId;

describe('an operator whose update is accepted', () => {
  it.each([
    ['retry', stuck],
    ['confirmPayment', stuck],
    ['cancelOrder', stuck],
    ['markShipped', () => paid(stack)],
  ] as const)('has it in the history before anything is done: %s', async (action, begin) => {
    const orderId = await begin();
    const input = { by: 'olga', ...(action === 'confirmPayment' && { transactionId: 'tx-1' }) };
    expect(await update(stack, orderId, action, input)).toBe('done');
    const history = (await handleOf(stack, orderId).fetchHistory()).events ?? [];
    const accepted = history.findLastIndex(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
    );
    const since = history.slice(accepted + 1);
    const scheduled = since.findIndex((event) => event.activityTaskScheduledEventAttributes);
    expect(scheduled).toBeGreaterThan(-1);
    const before = since.slice(0, scheduled);
    expect(before.filter((event) => event.activityTaskStartedEventAttributes)).toEqual([]);
    // A marker would be a local activity: it has its effect before the task is in the history.
    expect(history.filter((event) => event.markerRecordedEventAttributes)).toEqual([]);
  });
});

describe('operators whose updates come at once', () => {
  it('ship and cancel: the first is done, and the second is told why it is not', async () => {
    const [one, two] = [await paid(stack), await paid(stack)];
    const ship: [OperatorAction, OperatorInput] = ['markShipped', { by: 'olga' }];
    const cancel: [OperatorAction, OperatorInput] = ['cancelOrder', { by: 'otto' }];
    expect(await atOnce(one, ship, cancel)).toEqual([
      'done',
      'illegal_transition: the order is shipped',
    ]);
    expect(await atOnce(two, cancel, ship)).toEqual([
      'done',
      'illegal_transition: the order is being cancelled',
    ]);
    expect([await outcome(stack, one), await outcome(stack, two)]).toMatchObject([
      { status: 'ENVIADO' },
      { status: 'CANCELADO' },
    ]);
    expect(types(await ledger(stack, 'payments', one))).toEqual(['charge']);
    expect(types(await ledger(stack, 'payments', two))).toEqual(['charge', 'refund']);
  });

  it('confirm two payments: the order takes one, and refuses the other', async () => {
    const orderId = await stuck();
    const confirm = (transactionId: string): [OperatorAction, OperatorInput] => [
      'confirmPayment',
      { by: 'olga', transactionId },
    ];
    expect(await atOnce(orderId, confirm('tx-1'), confirm('tx-2'), confirm('tx-1'))).toEqual([
      'done',
      'illegal_transition: the payment is tx-1, and no other',
      'done',
    ]);
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO', version: 2 },
      payments: [{ paymentStatus: 'completed', transactionId: 'tx-1' }],
    });
  });

  it('retry in the same version: one of them is noted', async () => {
    const orderId = await stuck();
    const retry = (by: string): [OperatorAction, OperatorInput] => [
      'retry',
      { by, expectedVersion: '1' },
    ];
    const [first, second] = await atOnce(orderId, retry('olga'), retry('otto'));
    expect([first, second]).toEqual(['done', expect.stringMatching(/^precondition_failed: /)]);
    const knowing = { by: 'otto', expectedVersion: '2' };
    expect(await update(stack, orderId, 'retry', knowing)).toBe('done');
    await eventually(async () => {
      const { history } = await documents(stack, orderId);
      expect(history.map(({ createdBy }) => createdBy)).toEqual(['ana', 'olga', 'otto']);
    });
  });
});

describe('an order that is cancelled in the Web UI', () => {
  it('still answers updates', async () => {
    const orderId = await paid(stack);
    const route = 'POST /api/payments/by-key/{key}/void';
    const repair = await fault(stack, 'payments', { route, kind: 'errorBefore', orderId });
    await handleOf(stack, orderId).cancel();
    await untilStuck(stack, orderId, 'voidPayment');
    for (const action of ['retry', 'cancelOrder'] as const) {
      expect(await update(stack, orderId, action)).toBe('done');
    }
    await repair();
    await update(stack, orderId, 'retry');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
  });
});
