import { describe, expect, it } from '@jest/globals';
import { resumeOrder } from '../../src/contract/reconciler.ts';
import { orderNumberOf } from '../../src/domain/order-number.ts';
import { ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, seen, update } from '../support/operators/operators.ts';
import { effects, quickPolicy, terminate, untilReported } from '../support/operators/reconciler.ts';
import { documents, outcome, paid } from '../support/orders/orders.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

/** A paid order whose workflow somebody terminated, and that a person has resumed. */
async function resumed(): Promise<string> {
  const orderId = await paid(stack);
  await terminate(stack, orderId);
  const { handle, details } = await untilReported(stack, orderId, quickPolicy, 'abandonedPaid');
  expect(details).toContain('resumeOrder');
  await handle.signal(resumeOrder, { by: 'olga', note: 'terminated by mistake' });
  expect(await handle.result()).toEqual({ repair: [], report: ['abandonedPaid'] });
  await eventually(async () => {
    expect((await seen(stack, orderId)).details).toContain('Waits for the parcel to leave');
  });
  return orderId;
}

describe('a paid order whose workflow was terminated', () => {
  it('is resumed by a person, found by its number again, and shipped', async () => {
    const orderId = await resumed();
    const { attributes } = await seen(stack, orderId);
    const [payment] = (await documents(stack, orderId)).payments;
    expect(attributes).toMatchObject({
      OrderNumber: [orderNumberOf(orderId)],
      TransactionId: [payment?.transactionId],
      OrderStatus: ['PAGADO'],
    });
    expect((await ship(stack, orderId)).status).toBe(200);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(await effects(stack, 'payments', orderId)).toEqual(['charge']);
    const { history } = await documents(stack, orderId);
    expect(history.map(({ status, comment, createdBy }) => [status, comment, createdBy])).toEqual([
      ['CREADO', 'order placed', 'ana'],
      ['PAGADO', 'payment captured', 'system'],
      ['PAGADO', 'order resumed', 'olga'],
      ['ENVIADO', 'shipped', 'admin'],
    ]);
  });

  it('can be cancelled after it was resumed, and is refunded once', async () => {
    const orderId = await resumed();
    expect(await update(stack, orderId, 'cancelOrder', { by: 'olga' })).toBe('done');
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect(await effects(stack, 'payments', orderId)).toEqual(['charge', 'refund']);
    expect(await effects(stack, 'inventory', orderId)).toEqual(['reserve', 'release']);
  });
});

describe('a signal that an order does not know', () => {
  it('leaves a note that names those that there are', async () => {
    const orderId = await paid(stack);
    await handleOf(stack, orderId).signal('shipIt');
    await eventually(async () => {
      const { details } = await seen(stack, orderId);
      expect(details).toContain('signal shipIt is not known; there are retry, cancelOrder');
    });
  });
});
