import { describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { orderBody, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, outcome, paid, placed, untilStatus } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

describe('an order that goes well', () => {
  it('is placed, paid and shipped, and says so everywhere', async () => {
    const order = await placed(stack, {
      items: [
        { productId: 'P-1001', quantity: 2 },
        { productId: 'P-1002', quantity: 3 },
      ],
      metadata: { channel: 'web' },
    });
    const { orderId } = order;
    expect(order).toMatchObject({
      userId: 'ana',
      orderNumber: expect.stringMatching(/^ORD-[0-9A-Z]{4}-[0-9A-Z]{4}$/),
      total: { amount: '70.28', minor: 7028, currency: 'EUR' },
      totalAmount: 70.28,
      items: [
        { productId: 'P-1001', quantity: 2, unitPrice: 19.99, totalPrice: 39.98 },
        { productId: 'P-1002', quantity: 3, unitPrice: 10.1, totalPrice: 30.3 },
      ],
    });

    await untilStatus(stack, orderId, 'PAGADO');
    const shipped = await ship(stack, orderId);
    expect([shipped.status, await shipped.json()]).toMatchObject([
      200,
      { status: 'ENVIADO', version: 3, shipment: { carrier: 'Correos', trackingNumber: 'CX123' } },
    ]);
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });

    const [charge, ...more] = await ledger(stack, 'payments', orderId);
    expect(more).toEqual([]);
    expect(charge).toMatchObject({ type: 'charge', amount: '70.28', currency: 'EUR' });
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve']);

    const stored = await documents(stack, orderId);
    expect(stored.order).toMatchObject({ status: 'ENVIADO', version: 3, currency: 'EUR' });
    expect(`${stored.order?.totalAmount}`).toBe('70.28');
    expect(stored.items.map((item) => `${item.productId} ${item.totalPrice}`)).toEqual([
      'P-1001 39.98',
      'P-1002 30.30',
    ]);
    expect(stored.history.map((row) => [row.version, row.status, row.createdBy])).toEqual([
      [1, 'CREADO', 'ana'],
      [2, 'PAGADO', 'system'],
      [3, 'ENVIADO', 'admin'],
    ]);
    expect(stored.payments).toMatchObject([
      { paymentStatus: 'completed', transactionId: charge?.transactionId, currency: 'EUR' },
    ]);
  });

  it('publishes its events in version order, with ids that say what they are', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    await outcome(stack, orderId);
    const events = await eventually(async () => {
      const published = await stack.events.of(orderId);
      expect(published).toHaveLength(4);
      return published;
    });
    expect(events.map(({ id, sequence }) => [id, sequence])).toEqual([
      [`${orderId}:1:order.created`, '1'],
      [`${orderId}:2:order.paid`, '2'],
      [`${orderId}:2:order.status_changed`, '2'],
      [`${orderId}:3:order.status_changed`, '3'],
    ]);
    expect(events.map(({ data }) => data)).toEqual([
      {
        orderId,
        userId: 'ana',
        items: [{ productId: 'P-1001', quantity: 2, unitPrice: 19.99 }],
        totalAmount: 39.98,
        currency: 'EUR',
      },
      { orderId, userId: 'ana', amount: 39.98, currency: 'EUR' },
      { orderId, userId: 'ana', from: 'CREADO', to: 'PAGADO', comment: 'payment captured' },
      { orderId, userId: 'ana', from: 'PAGADO', to: 'ENVIADO', comment: 'shipped' },
    ]);
  });

  it('takes at most 32 events and 14 KB of history until it is paid', async () => {
    const orderId = await paid(stack);
    const handle = stack.client.workflow.getHandle(orderWorkflowId(orderId));
    await eventually(async () => expect(await stack.events.of(orderId)).toHaveLength(3));
    const [{ events = [] }, { historySize }] = await Promise.all([
      handle.fetchHistory(),
      handle.describe(),
    ]);
    const scheduled = (events ?? []).find(
      (event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name === 'recordTransition',
    );
    const recorded = (events ?? []).findIndex(
      (event) =>
        `${event.activityTaskCompletedEventAttributes?.scheduledEventId}` ===
        `${scheduled?.eventId}`,
    );
    expect(recorded).toBeGreaterThan(0);
    // The workflow task that follows hears of it.
    expect(recorded + 1 + 3).toBeLessThanOrEqual(32);
    // With the events that are published then.
    expect(historySize).toBeLessThanOrEqual(14 * 1024);
    expect(events?.length).toBeLessThanOrEqual(38);
  });

  it('is found in the Web UI by customer and status', async () => {
    const { orderId } = await placed(stack, {});
    await untilStatus(stack, orderId, 'PAGADO');
    const query = `CustomerId = 'ana' AND OrderStatus = 'PAGADO' AND WorkflowId = 'order-${orderId}'`;
    await eventually(async () => {
      const { count } = await stack.client.workflow.count(query);
      expect(count).toBe(1);
    });
  });
});

describe('an order whose card is declined', () => {
  it('gives the stock back and ends CANCELADO', async () => {
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    const order = await untilStatus(stack, orderId, 'CANCELADO');
    expect(order).toMatchObject({ cancellation: { reason: 'payment_declined', by: 'system' } });
    expect(await outcome(stack, orderId)).toEqual({
      status: 'CANCELADO',
      reason: 'payment_declined',
    });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['decline']);
    expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
    const { payments, history } = await documents(stack, orderId);
    expect(payments).toMatchObject([{ paymentStatus: 'failed' }]);
    expect(history.map((row) => row.status)).toEqual(['CREADO', 'CANCELADO']);
    await eventually(async () => {
      const ids = (await stack.events.of(orderId)).map(({ id }) => id);
      expect(ids).toEqual([`${orderId}:1:order.created`, `${orderId}:2:order.status_changed`]);
    });
  });

  it('cannot be shipped any more', async () => {
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    await untilStatus(stack, orderId, 'CANCELADO');
    await outcome(stack, orderId);
    const response = await ship(stack, orderId);
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { code: 'illegal_transition' },
    ]);
  });
});

describe('an order that is refused', () => {
  it.each([
    ['an inactive user', { sub: 'marta' }, {}, 403, 'user_not_allowed'],
    ['an unknown user', { sub: 'nobody' }, {}, 403, 'user_not_allowed'],
    [
      'an unknown product',
      {},
      { items: [{ productId: 'P-0', quantity: 1 }] },
      422,
      'product_unavailable',
    ],
    ['another currency', {}, { currency: 'USD' }, 422, 'currency_not_supported'],
    ['another total', {}, { expectedTotal: '39.97' }, 409, 'price_changed'],
  ])('for %s leaves nothing behind', async (_name, who, body, status, code) => {
    const before = await stack.db.collection('orders').countDocuments();
    const response = await request(stack, '/api/orders', {
      method: 'POST',
      body: orderBody(body),
      ...who,
    });
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    expect(await stack.db.collection('orders').countDocuments()).toBe(before);
  });

  it('for want of stock says what there is, and ends CANCELADO', async () => {
    const inventory = stack.simulators.urls.inventory;
    await fetch(`${inventory}/admin/stock/P-1003`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"available":3}',
    });
    const response = await request(stack, '/api/orders', {
      method: 'POST',
      headers: { 'Idempotency-Key': 'too-many-kettles' },
      body: orderBody({
        items: [{ productId: 'P-1003', quantity: 4 }],
      }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      409,
      {
        code: 'insufficient_stock',
        lines: [{ productId: 'P-1003', requested: 4, available: 3 }],
      },
    ]);
    const order = await eventually(async () => {
      const found = await stack.db
        .collection('orders')
        .findOne({ idempotencyKey: 'too-many-kettles' });
      expect(found).toMatchObject({ status: 'CANCELADO', version: 2 });
      return found;
    });
    expect(await ledger(stack, 'inventory', `${order?.uuid}`)).toEqual([]);
    expect(await ledger(stack, 'payments', `${order?.uuid}`)).toEqual([]);
  });
});
