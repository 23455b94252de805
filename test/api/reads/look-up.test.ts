import { describe, expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { documents, paid, placed } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const admin = { sub: 'olga', role: 'admin' };

async function found(query: object, caller: { sub?: string; role?: string } = {}) {
  const search = new URLSearchParams({ ...query });
  const response = await request(stack, `/api/orders?${search}`, caller);
  expect(response.status).toBe(200);
  const { orders } = (await response.json()) as { orders: { orderId: string }[] };
  return orders.map(({ orderId }) => orderId);
}

describe('an order is found', () => {
  it('by the number that the customer reads out, by its owner and by admins', async () => {
    const { orderId, orderNumber } = await placed(stack);
    await placed(stack);
    expect(await found({ orderNumber }, admin)).toEqual([orderId]);
    expect(await found({ orderNumber })).toEqual([orderId]);
    expect(await found({ orderNumber }, { sub: 'ben' })).toEqual([]);
    expect(await found({ orderNumber, status: 'CANCELADO' }, admin)).toEqual([]);
  });

  it("by the payment provider's number", async () => {
    const orderId = await paid(stack);
    await paid(stack);
    const [payment] = (await documents(stack, orderId)).payments;
    const transactionId = `${payment?.transactionId}`;
    expect(await found({ transactionId }, admin)).toEqual([orderId]);
    expect(await found({ transactionId }, { sub: 'ben' })).toEqual([]);
    expect(await found({ transactionId: 'tx-of-nothing' }, admin)).toEqual([]);
  });
});
