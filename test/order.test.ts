import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../src/contract.ts';
import { eventually } from './support/eventually.ts';
import { placeOrder, request, ship } from './support/requests.ts';
import { type Stack, startStack } from './support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack.stop();
});

describe('an order', () => {
  it('is placed, paid and shipped', async () => {
    const placed = await placeOrder(stack);
    const order = (await placed.json()) as { orderId: string };
    expect([placed.status, order]).toMatchObject([201, { status: 'CREADO' }]);
    await eventually(async () => {
      const read = await request(stack, `/api/orders/${order.orderId}`);
      expect(await read.json()).toMatchObject({ status: 'PAGADO' });
    });
    const shipped = await ship(stack, order.orderId);
    expect([shipped.status, await shipped.json()]).toMatchObject([200, { status: 'ENVIADO' }]);
    const handle = stack.client.workflow.getHandle(orderWorkflowId(order.orderId));
    expect(await handle.result()).toEqual({ status: 'ENVIADO' });
    const history = await handle.fetchHistory();
    console.log(
      history.events
        ?.map(
          (e) => `${e.eventId} ${e.eventType} ${e.markerRecordedEventAttributes?.markerName ?? ''}`,
        )
        .join('\n'),
    );
  });
});
