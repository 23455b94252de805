import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { OrderStatus } from '../../../src/domain/order-status.ts';
import { ImportedOrders } from '../../../src/legacy-import/imported-orders.ts';
import { startImportedOrder } from '../../../src/legacy-import/start-imported-order.ts';
import { ship } from '../api/requests.ts';
import { imported } from '../legacy/seeded.ts';
import { signal, untilStuck, update } from '../operators/operators.ts';
import { policy, type Stack } from '../stack.ts';
import { cancelled, type OrderPath } from './orders.ts';

/** An order of the service before, with a workflow. */
async function started(stack: Stack, status: OrderStatus): Promise<string> {
  const { connection } = stack.store;
  const orderId = await imported(connection, status, randomUUID());
  const found = await new ImportedOrders(connection).find(orderId);
  if (found === undefined) throw new Error(`${orderId} is not there`);
  const { client, taskQueue } = stack;
  expect(await startImportedOrder(found, { client, taskQueue, policy })).toBe(true);
  return orderId;
}

async function refundedByHand(stack: Stack, orderId: string, transactionId: string) {
  await cancelled(stack, orderId);
  await untilStuck(stack, orderId, 'voidPayment');
  await signal(stack, orderId, 'confirmRefund', { by: 'olga', transactionId });
  return orderId;
}

/** What may become of an order that another service placed. */
export const importedPaths: Record<string, OrderPath> = {
  async 'imported-and-shipped'(stack) {
    const orderId = await started(stack, 'PAGADO');
    await ship(stack, orderId);
    return orderId;
  },
  'imported-and-refunded-by-hand': async (stack) =>
    refundedByHand(stack, await started(stack, 'PAGADO'), 'refund-1'),
  async 'imported-unpaid-and-confirmed'(stack) {
    const orderId = await started(stack, 'CREADO');
    await untilStuck(stack, orderId, 'chargePayment');
    const input = { by: 'olga', transactionId: 'tx-outside' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await ship(stack, orderId);
    return orderId;
  },
  'imported-unpaid-and-cancelled': async (stack) =>
    refundedByHand(stack, await started(stack, 'CREADO'), 'none'),
};
