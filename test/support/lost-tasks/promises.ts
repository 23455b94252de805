import { expect } from '@jest/globals';
import { expectInvariants } from '../orders/invariants.ts';
import { documents } from '../orders/orders.ts';
import { ledger } from '../services/services.ts';
import type { TestOrder } from './test-order.ts';

/** What customer and operators were told is so, at the end of the order. */
export async function expectPromisesKept(order: TestOrder): Promise<void> {
  const { stack, orderId } = order;
  const [{ status, body }, stored, description] = await Promise.all([
    order.answer,
    documents(stack, orderId),
    order.handle.describe(),
  ]);
  expect(description.status.name).toBe('COMPLETED');
  expect(description.searchAttributes.NeedsAttention?.[0] ?? false).toBe(false);

  if (status === 201) {
    expect(body.total).toMatchObject({
      amount: `${stored.order?.totalAmount}`,
      currency: stored.order?.currency,
    });
  }
  // A 5xx promises nothing.
  if (status >= 400 && status < 500) {
    const ended = stored.order?.status ?? 'CANCELADO';
    expect({ status, code: body.code, ended }).toMatchObject({ ended: 'CANCELADO' });
  }
  expect([201, 202, 403, 409, 422, 503]).toContain(status);

  for (const { action, answer } of order.updates) {
    if ((await answer) !== 'done') continue;
    const ended = stored.order?.status ?? 'CANCELADO';
    if (action === 'markShipped') expect({ action, ended }).toEqual({ action, ended: 'ENVIADO' });
    if (action === 'cancelOrder') expect({ action, ended }).toEqual({ action, ended: 'CANCELADO' });
  }
  if (stored.order === null) await expectNothingLeft(order);
  else await expectInvariants(stack, orderId);
}

/** An order that was refused before it was recorded has left nothing anywhere. */
async function expectNothingLeft({ stack, orderId }: TestOrder): Promise<void> {
  const { order, ...rows } = await documents(stack, orderId);
  expect(rows).toEqual({ items: [], history: [], payments: [] });
  expect(await stack.events.of(orderId)).toEqual([]);
  const money = await ledger(stack, 'payments', orderId);
  expect(money.filter(({ type }) => type === 'charge')).toEqual([]);
  const stock = await ledger(stack, 'inventory', orderId);
  const held = stock.filter(({ type }) => type === 'reserve').length;
  expect(stock.filter(({ type }) => type === 'release').length).toBe(held);
}
