import { expect } from '@jest/globals';
import { eventRow, historyRow, orderRow, paymentRow } from '../../../chaos/checks/final-state.ts';
import { orderViolations } from '../../../chaos/checks/order-invariants.ts';
import { eventually } from '../eventually.ts';
import { ledger } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { documents } from './orders.ts';

/** What must hold of every order that has come to its end, whatever happened on the way. */
export async function expectInvariants(stack: Stack, orderId: string): Promise<void> {
  const { order, history, payments } = await documents(stack, orderId);
  const recorded = {
    orderId,
    order: order === null ? undefined : orderRow(order),
    history: history.map(historyRow),
    payments: payments.map(paymentRow),
    money: await ledger(stack, 'payments', orderId),
    stock: await ledger(stack, 'inventory', orderId),
  };
  const broken = async () => {
    const events = (await stack.events.of(orderId)).map(eventRow);
    return orderViolations({ ...recorded, events });
  };
  // Events may still be under way; everything else is there.
  expect((await broken()).filter(({ invariant }) => invariant !== 'I6')).toEqual([]);
  await eventually(async () => expect(await broken()).toEqual([]));
}
