import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { TakenOverOrders } from '../../src/store/taken-over-orders.ts';
import { adopt } from '../../src/takeover/adopt.ts';
import { signal, untilParked, update } from './operators.ts';
import { cancelled, type OrderPath } from './paths-of-orders.ts';
import { ship } from './requests.ts';
import { takenOver } from './seeded.ts';
import { policy, type Stack } from './stack.ts';

/** An order of the service before, with a workflow. */
async function adopted(stack: Stack, status: OrderStatus): Promise<string> {
  const { connection } = stack.store;
  const orderId = await takenOver(connection, status, randomUUID());
  const found = await new TakenOverOrders(connection).find(orderId);
  if (found === undefined) throw new Error(`${orderId} is not there`);
  const { client, taskQueue } = stack;
  expect(await adopt(found, { client, taskQueue, policy })).toBe(true);
  return orderId;
}

async function refundedByHand(stack: Stack, orderId: string, transactionId: string) {
  await cancelled(stack, orderId);
  await untilParked(stack, orderId, 'voidPayment');
  await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId });
  return orderId;
}

/** What may become of an order that another service placed. */
export const adoptedPaths: Record<string, OrderPath> = {
  async 'adopted-and-shipped'(stack) {
    const orderId = await adopted(stack, 'PAGADO');
    await ship(stack, orderId);
    return orderId;
  },
  'adopted-and-refunded-by-hand': async (stack) =>
    refundedByHand(stack, await adopted(stack, 'PAGADO'), 'refund-1'),
  async 'adopted-unpaid-and-confirmed'(stack) {
    const orderId = await adopted(stack, 'CREADO');
    await untilParked(stack, orderId, 'chargePayment');
    const input = { by: 'olga', transactionId: 'tx-outside' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await ship(stack, orderId);
    return orderId;
  },
  'adopted-unpaid-and-cancelled': async (stack) =>
    refundedByHand(stack, await adopted(stack, 'CREADO'), 'none'),
};
