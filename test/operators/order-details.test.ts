import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { orderNumberOf } from '../../src/domain/order-number.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { handleOf, seen, signal, stuckAtCharge } from '../support/operators/operators.ts';
import { outcome, paid, placed } from '../support/orders/orders.ts';
import { ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

async function untilSeen(orderId: string, text: string | RegExp) {
  return eventually(async () => {
    const order = await seen(stack, orderId);
    expect(order.details).toMatch(text);
    return order;
  });
}

describe('the page of an order in the Web UI', () => {
  it('says what the order is, what was done, and what it waits for', async () => {
    const orderId = await paid(stack);
    const [charge] = await ledger(stack, 'payments', orderId);
    const { details } = await untilSeen(orderId, 'PAGADO');
    const { attributes } = await seen(stack, orderId);
    const orderNumber = orderNumberOf(orderId);
    for (const text of [
      `# ${orderNumber}, 39.98 EUR: PAGADO`,
      '**Waits for the parcel to leave.**',
      '- customer `ana`',
      `- payment by credit card: completed, transaction \`${charge?.transactionId}\``,
      'order placed, its stock is reserved',
      'PAGADO: payment captured',
    ]) {
      expect(details).toContain(text);
    }
    expect(details).not.toContain('Calle');
    expect(attributes).toMatchObject({
      OrderNumber: [orderNumber],
      TransactionId: [charge?.transactionId],
      OrderStatus: ['PAGADO'],
    });
    const { staticDetails, staticSummary } = await described(orderId);
    expect(staticSummary).toBe(`${orderNumber}: 1 product, credit card`);
    expect(staticDetails).toBe('Customer `ana` ordered:\n\n- 2 × `P-1001`');

    await ship(stack, orderId);
    await outcome(stack, orderId);
    expect((await seen(stack, orderId)).details).toContain('Nothing is left to do');
  });

  it('has a timeline that says what each step is about', async () => {
    const orderId = await paid(stack);
    await untilSeen(orderId, 'PAGADO');
    const steps = await eventually(async () => {
      const found = await stepsOf(orderId);
      expect(found).toHaveLength(5);
      return found;
    });
    expect(steps).toEqual([
      ['checkOrder', 'customer ana, 1 product'],
      ['placeOrder', '1 product, 39.98 EUR'],
      ['chargePayment', '39.98 EUR by credit card'],
      ['recordTransition', 'CREADO to PAGADO, by system'],
      ['publishEvents', 'order.created, order.paid, order.status_changed'],
    ]);
    const { events } = await handleOf(stack, orderId).fetchHistory();
    expect(events?.some((event) => event.timerStartedEventAttributes)).toBe(false);
  });

  it('costs no event beside those that the status has', async () => {
    const orderId = await paid(stack);
    await untilSeen(orderId, 'PAGADO');
    const { events } = await handleOf(stack, orderId).fetchHistory();
    const upserts = events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes);
    expect(upserts).toHaveLength(1);
  });

  it('shows what people typed as text, never as markup', async () => {
    const { orderId } = await stuckAtCharge(stack);
    await signal(stack, orderId, 'retry', {
      by: '<img src=x onerror=alert(1)>',
      note: '[pay](http://evil.example) **now**',
    });
    const { details } = await untilSeen(orderId, 'evil');
    expect(details).toContain('\\<img src=x onerror=alert(1)\\>');
    expect(details).toContain('\\[pay\\](http:\\//evil.example) \\*\\*now\\*\\*');
  });
});

describe('the number of an order', () => {
  it('follows from its id, and finds it in the Web UI', async () => {
    const { orderId, orderNumber } = await placed(stack);
    expect(orderNumber).toBe(orderNumberOf(orderId));
    await eventually(async () => {
      const query = `OrderNumber = "${orderNumber}" AND TaskQueue = "${stack.taskQueue}"`;
      expect((await stack.client.workflow.count(query)).count).toBe(1);
    });
  });

  it('is the next one when another order has it already', async () => {
    const { orderId: other } = await placed(stack);
    const key = randomUUID();
    const orderId = orderIdFor('ana', key);
    await stack.db
      .collection('orders')
      .updateOne({ uuid: other }, { $set: { orderNumber: orderNumberOf(orderId) } });
    const headers = { 'Idempotency-Key': key };
    const options = { method: 'POST', body: orderBody(), headers };
    const response = await request(stack, '/api/orders', options);
    expect(await response.json()).toMatchObject({
      orderId,
      orderNumber: orderNumberOf(orderId, 1),
    });
    const { attributes, details } = await untilSeen(orderId, orderNumberOf(orderId, 1));
    expect(attributes).toMatchObject({ OrderNumber: [orderNumberOf(orderId, 1)] });
    expect(details).toContain(orderNumberOf(orderId, 1));
  });
});

/** The steps on the timeline, with what it says beside their names. */
async function stepsOf(orderId: string) {
  const { events = [] } = await handleOf(stack, orderId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: step, userMetadata }) =>
    step
      ? [
          [
            step.activityType?.name,
            defaultPayloadConverter.fromPayload(userMetadata?.summary ?? {}),
          ],
        ]
      : [],
  );
}

async function described(orderId: string) {
  const { staticSummary, staticDetails } = await handleOf(stack, orderId).describe();
  return {
    staticSummary: await staticSummary?.(),
    staticDetails: await staticDetails?.(),
  };
}
