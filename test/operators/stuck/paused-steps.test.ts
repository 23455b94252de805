import { describe, expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { handleOf, signal, stuckAtCharge, update } from '../../support/operators/operators.ts';
import { pauseStep, unpauseStep, untilWaiting } from '../../support/operators/paused-steps.ts';
import { linkTo, openStuckOrders } from '../../support/operators/stuck-orders-page.ts';
import { documents, outcome, placed, untilStatus } from '../../support/orders/orders.ts';
import { ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

const TRANSFER_EXPIRY_MS = 6_000;

const stack = useStack({ transferPollMs: 150, transferExpiryMs: TRANSFER_EXPIRY_MS });

async function listed(orderId: string) {
  const response = await request(stack, '/api/admin/orders/stuck', { sub: 'olga', role: 'admin' });
  const { orders } = (await response.json()) as { orders: { orderId?: string }[] };
  return orders.find((order) => order.orderId === orderId);
}

/** An order that waits for its bank transfer, with that step paused. */
async function pausedTransfer(): Promise<string> {
  const { orderId } = await placed(stack, { paymentMethod: 'bank_transfer' });
  await untilWaiting(stack, orderId, 'awaitTransfer');
  await pauseStep(stack, orderId, 'awaitTransfer');
  return orderId;
}

const paused = (step: string) => [
  { step, by: 'olga', reason: 'wait for the bank', since: expect.any(String) },
];

describe('a step that an operator has paused', () => {
  it('is listed by the API and on the page of the stuck orders, with who and since when', async () => {
    const transfer = await pausedTransfer();
    const { orderId } = await stuckAtCharge(stack);
    await pauseStep(stack, orderId, 'chargePayment');
    await eventually(async () => {
      expect(await listed(orderId)).toMatchObject({
        ...{ step: 'chargePayment', pausedSteps: paused('chargePayment'), isPaused: false },
      });
      expect(await listed(transfer)).toMatchObject({
        ...{ step: 'pausedStep', pausedSteps: paused('awaitTransfer'), orderStatus: 'CREADO' },
      });
    });

    const page = await openStuckOrders(stack);
    const lines = await eventually(async () => {
      const text = await page.details();
      for (const id of [orderId, transfer]) expect(text).toContain(linkTo(id));
      return text.split('\n');
    });
    const lineOf = (id: string) => lines.find((line) => line.includes(linkTo(id)));
    expect(lineOf(orderId)).toMatch(
      /\(`chargePayment` paused by olga since .* UTC: wait for the bank\)/,
    );
    expect(lineOf(transfer)).toMatch(/\(`awaitTransfer` paused by olga since/);
    await page.handle.terminate();

    await unpauseStep(stack, transfer, 'awaitTransfer');
    await eventually(async () => expect(await listed(transfer)).toBeUndefined());
    await signal(stack, orderId, 'cancelOrder');
  });

  it('runs again by retry, unpaused', async () => {
    const { orderId, repair } = await stuckAtCharge(stack);
    await pauseStep(stack, orderId, 'chargePayment');
    await repair();
    await signal(stack, orderId, 'retry');
    await untilStatus(stack, orderId, 'PAGADO');
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('is no hindrance to cancelOrder', async () => {
    const { orderId } = await stuckAtCharge(stack);
    await pauseStep(stack, orderId, 'chargePayment');
    await signal(stack, orderId, 'cancelOrder');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
  });
});

describe('the wait for a bank transfer that an operator has paused', () => {
  it('does not end, though its time is over; unpaused, it asks once more', async () => {
    const orderId = await pausedTransfer();
    const end = Date.now() + 1.5 * TRANSFER_EXPIRY_MS;
    await eventually(async () => expect(Date.now()).toBeGreaterThan(end));
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'CREADO' } });
    const { raw } = await handleOf(stack, orderId).describe();
    expect(raw.pendingActivities).toMatchObject([{ activityType: { name: 'awaitTransfer' } }]);
    await unpauseStep(stack, orderId, 'awaitTransfer');
    expect(await outcome(stack, orderId)).toMatchObject({ reason: 'payment_expired' });
  });

  it('is no hindrance to confirmPayment', async () => {
    const orderId = await pausedTransfer();
    const input = { by: 'olga', transactionId: 'transfer-19' };
    expect(await update(stack, orderId, 'confirmPayment', input)).toBe('done');
    await untilStatus(stack, orderId, 'PAGADO');
  });
});
