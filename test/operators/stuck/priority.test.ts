import { expect, it } from '@jest/globals';
import { operatorSignal } from '../../../src/contract/order.ts';
import { RECONCILER_WORKFLOW } from '../../../src/contract/reconciler.ts';
import { eventually } from '../../support/eventually.ts';
import { handleOf, stuckAtCharge } from '../../support/operators/operators.ts';
import { quickPolicy } from '../../support/operators/reconciler.ts';
import { paid, untilStatus } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

/** The activities that a workflow has asked for, with the priority that each has there. */
async function asked(workflowId: string): Promise<[string, number][]> {
  const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [[scheduled.activityType?.name ?? '', scheduled.priority?.priorityKey ?? 0]] : [],
  );
}

const prioritiesOf = async (workflowId: string, step: string) =>
  (await asked(workflowId)).filter(([name]) => name === step).map(([, priority]) => priority);

it('orders that somebody waits for come before events, and before what is stuck', async () => {
  const orderId = await paid(stack);
  await eventually(async () => {
    expect(await asked(`order-${orderId}`)).toEqual([
      ['checkOrder', 0],
      ['placeOrder', 0],
      ['chargePayment', 0],
      ['recordTransition', 0],
      ['publishEvents', 4],
    ]);
  });
});

it('a stuck step comes later, unless a person asked for that order alone', async () => {
  const { orderId, repair } = await stuckAtCharge(stack);
  const retry = (input: object) => handleOf(stack, orderId).signal(operatorSignal('retry'), input);
  const charges = () => prioritiesOf(`order-${orderId}`, 'chargePayment');
  const before = await charges();
  expect(before.at(-1)).toBe(4);
  await retry({});
  await eventually(async () => expect((await charges()).slice(before.length)).toEqual([0]));
  await repair();
  await retry({ bulkAction: 'bulk-1' });
  await untilStatus(stack, orderId, 'PAGADO');
  expect((await charges()).slice(before.length)).toEqual([0, 4]);
});

it('the reconciler comes last', async () => {
  const workflowId = `${RECONCILER_WORKFLOW}-${stack.taskQueue}`;
  await stack.client.workflow.execute(RECONCILER_WORKFLOW, {
    ...{ workflowId, taskQueue: stack.taskQueue, args: [{ policy: quickPolicy }] },
  });
  const priorities = (await asked(workflowId)).map(([, priority]) => priority);
  expect(priorities.length).toBeGreaterThan(0);
  expect(new Set(priorities)).toEqual(new Set([5]));
});
