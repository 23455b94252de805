import { expect, it, jest } from '@jest/globals';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import { request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { handleOf, stuckAtCharge } from '../../support/operators/operators.ts';
import { describeWebUi, useWebUi } from '../../support/operators/use-web-ui.ts';
import { picture } from '../../support/operators/web-ui-browser.ts';
import { documents, untilStatus } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

jest.setTimeout(240_000);

const stack = useStack();
const ui = useWebUi();

async function pausesOf(orderId: string): Promise<unknown> {
  const response = await request(stack, '/api/admin/orders/stuck', { sub: 'olga', role: 'admin' });
  const { orders } = (await response.json()) as {
    orders: { orderId?: string; pausedSteps: unknown }[];
  };
  return orders.find((order) => order.orderId === orderId)?.pausedSteps;
}

async function attemptOf(orderId: string): Promise<number> {
  const { raw } = await handleOf(stack, orderId).describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}

describeWebUi('the buttons of a step in the Web UI', () => {
  it('Pause has it listed with the reason, until Unpause', async () => {
    const { orderId } = await stuckAtCharge(stack);
    await ui.openById(orderWorkflowId(orderId));
    await ui.pressOnStep('Pause', 'wait for the bank');
    await eventually(async () => {
      expect(await pausesOf(orderId)).toMatchObject([
        { step: 'chargePayment', since: expect.any(String), reason: 'wait for the bank' },
      ]);
    });
    await ui.page.getByRole('button', { name: 'Unpause', exact: true }).waitFor();
    await picture(ui.page, 'paused-step', 640);
    await ui.pressOnStep('Unpause');
    await eventually(async () => expect(await pausesOf(orderId)).toEqual([]));
  });

  it('Reset runs it now, and leaves no word in the history of the order', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    expect(await attemptOf(orderId)).toBe(2);
    await repair();
    await ui.openById(orderWorkflowId(orderId));
    await ui.pressOnStep('Reset');
    await untilStatus(stack, orderId, 'PAGADO');
    const { history } = await documents(stack, orderId);
    expect(history.map(({ comment }) => comment)).toEqual(['order placed', 'payment captured']);
  });

  it('Update changes when it is tried again', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    await repair();
    await ui.openById(orderWorkflowId(orderId));
    await ui.updateStep({ 'retry-initial-interval': '1' });
    await untilStatus(stack, orderId, 'PAGADO');
  });
});
