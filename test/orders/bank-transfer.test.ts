import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { update } from '../support/operators/operators.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { fault, fired, ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ transferPollMs: 150, transferExpiryMs: 6_000 });

const transfer = { paymentMethod: 'bank_transfer' };

async function untilPending(orderId: string) {
  await eventually(async () => {
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'CREADO' },
      payments: [{ paymentStatus: 'pending' }],
    });
  });
}

async function gateway(orderId: string, action: string) {
  const key = encodeURIComponent(`${orderId}:charge`);
  const url = `${stack.simulators.urls.payments}/admin/payments/${key}/${action}`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  });
  expect(answer.ok).toBe(true);
}

describe('an order paid by bank transfer', () => {
  it('waits for the money, and is paid when the gateway has it', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    await gateway(orderId, 'confirm');
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'completed', paymentMethod: 'bank_transfer' }],
    });
  });

  it('is paid when an operator confirms it', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    const input = { by: 'olga', transactionId: 'transfer-17' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    const { history } = await documents(stack, orderId);
    expect(history.at(-1)).toMatchObject({ status: 'PAGADO', createdBy: 'olga' });
  });

  it('is paid when an operator confirms it while the gateway is being asked', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    const route = 'GET /api/payments/by-key/{key}';
    const repair = await fault(stack, 'payments', {
      ...{ kind: 'latency', latencyMs: 2_000, route, orderId },
    });
    // The attempt under way comes to its end after the confirmation, and fails.
    await eventually(async () => expect(await fired(stack, 'payments')).toBeGreaterThan(0));
    const input = { by: 'olga', transactionId: 'transfer-18' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await repair();
    expect(await documents(stack, orderId)).toMatchObject({
      order: { status: 'PAGADO' },
      payments: [{ paymentStatus: 'completed', transactionId: 'transfer-18' }],
    });
  });

  it('expires when the money does not come, and gives the stock back', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    expect(await outcome(stack, orderId)).toEqual({
      status: 'CANCELADO',
      reason: 'payment_expired',
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'void']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
  });

  it('ends at once when the gateway says that the money will not come', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    await gateway(orderId, 'expire');
    expect(await outcome(stack, orderId)).toMatchObject({ reason: 'payment_expired' });
  });

  it('can be cancelled while it waits', async () => {
    const { orderId } = await placed(stack, transfer);
    await untilPending(orderId);
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge', 'void']);
  });
});
