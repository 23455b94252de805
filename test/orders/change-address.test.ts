import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/api/problems.ts';
import { address, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { refuseWrites } from '../support/mongodb/refuse-writes.ts';
import { handleOf, seen, signal, untilStuck, update } from '../support/operators/operators.ts';
import { documents, paid, placed } from '../support/orders/orders.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

const corrected = { ...address, street: 'Calle Menor 2', postalCode: '28014' };

const move = (orderId: string, body: object, options: object = {}) =>
  request(stack, `/api/orders/${orderId}/shipping-address`, { method: 'PUT', body, ...options });

describe('the address of an order that is not shipped', () => {
  it('is corrected by its customer, with a row of its history and an event without it', async () => {
    const orderId = await paid(stack);
    const response = await move(orderId, { ...corrected, street: '  Calle Menor 2 ' });
    expect(response.status).toBe(200);
    expect(response.headers.get('ETag')).toMatch(/^"3\./);
    expect(await response.json()).toMatchObject({
      ...{ status: 'PAGADO', version: 3, shippingAddress: corrected, billingAddress: address },
    });
    expect(await documents(stack, orderId)).toMatchObject({
      order: { version: 3, shippingAddress: corrected },
      history: [{}, {}, { version: 3, createdBy: 'ana', status: 'PAGADO' }],
    });
    const history = await request(stack, `/api/orders/${orderId}/history`);
    expect(await history.json()).toMatchObject({
      history: [
        ...[{}, {}],
        {
          comment: 'shipping address changed',
          shippingAddress: { before: address, after: corrected },
        },
      ],
    });
    await ship(stack, orderId);
    const events = await eventually(async () => {
      const found = await stack.events.of(orderId);
      expect(found).toHaveLength(5);
      return found;
    });
    expect(events.map(({ type, sequence }) => `${sequence} ${type}`)).toEqual([
      ...['1 order.created', '2 order.paid', '2 order.status_changed'],
      ...['3 order.address_changed', '4 order.status_changed'],
    ]);
    expect(JSON.stringify(events)).not.toContain('Menor');
  });

  it('is changed once by the same request twice, and is nothing for other customers', async () => {
    const orderId = await paid(stack);
    await expectProblem(await move(orderId, corrected, { sub: 'luis' }), 404, 'not_found');
    const answers = await Promise.all([move(orderId, corrected), move(orderId, corrected)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await move(orderId, corrected)).status).toBe(200);
    expect(await documents(stack, orderId)).toMatchObject({ order: { version: 3 } });
  });

  it('is changed in the version of If-Match only', async () => {
    const orderId = await paid(stack);
    const stale = { headers: { 'If-Match': '"1"' } };
    await expectProblem(await move(orderId, corrected, stale), 412, 'precondition_failed');
    const current = { headers: { 'If-Match': '"2"' }, sub: 'olga', role: 'admin' };
    expect((await move(orderId, corrected, current)).status).toBe(200);
    const elsewhere = { ...address, city: 'Toledo' };
    await expectProblem(await move(orderId, elsewhere, current), 412, 'precondition_failed');
    expect(await documents(stack, orderId)).toMatchObject({
      order: { version: 3, shippingAddress: corrected },
    });
  });

  it('stays in its country, and is what placing an order accepts', async () => {
    const orderId = await paid(stack);
    const abroad = { ...corrected, country: 'FR' };
    await expectProblem(await move(orderId, abroad), 422, 'country_is_fixed');
    for (const wrong of [
      { ...corrected, street: '4111 1111 1111 1111' },
      { ...corrected, city: '' },
      { ...corrected, postalCode: 'x'.repeat(21) },
      { ...corrected, floor: '2' },
    ]) {
      const response = await move(orderId, wrong);
      expect([400, 422]).toContain(response.status);
      // The same, typed into the Web UI.
      const input = { by: 'olga', shippingAddress: wrong };
      expect(await update(stack, orderId, 'changeAddress', input)).toBe('validation_failed');
    }
    expect(await update(stack, orderId, 'changeAddress')).toBe('validation_failed');
    const typed = { by: 'olga', shippingAddress: abroad };
    expect(await update(stack, orderId, 'changeAddress', typed)).toBe('country_is_fixed');
    expect(await documents(stack, orderId)).toMatchObject({
      order: { version: 2, shippingAddress: address },
    });
  });

  it('is corrected by an operator by Signal, while the order is stuck', async () => {
    const restore = await refuseWrites(stack, 'payments');
    const { orderId } = await placed(stack);
    await untilStuck(stack, orderId, 'recordTransition');
    await signal(stack, orderId, 'changeAddress', {
      ...{ by: 'olga', note: 'rang up', shippingAddress: corrected },
    });
    await restore();
    await signal(stack, orderId, 'retry', { by: 'olga' });
    await eventually(async () => {
      expect(await documents(stack, orderId)).toMatchObject({
        order: { status: 'PAGADO', shippingAddress: corrected },
      });
    });
    const { details } = await seen(stack, orderId);
    expect(details).toContain('shipping address changed: rang up, by olga');
    expect(details).not.toContain('Menor');
  });

  it('is not changed any more when the parcel has left, or the order is cancelled', async () => {
    const shipped = await paid(stack);
    await ship(stack, shipped);
    await handleOf(stack, shipped).result();
    await expectProblem(await move(shipped, corrected), 409, 'illegal_transition');
    const cancelled = await paid(stack);
    expect(await update(stack, cancelled, 'cancelOrder', { by: 'olga' })).toBe('done');
    await expectProblem(await move(cancelled, corrected), 409, 'illegal_transition');
    await expectProblem(await move(randomUUID(), corrected), 404, 'not_found');
    for (const orderId of [shipped, cancelled]) {
      expect(await documents(stack, orderId)).toMatchObject({
        order: { shippingAddress: address },
      });
    }
  });
});
