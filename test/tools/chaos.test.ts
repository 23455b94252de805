import { describe, expect, it } from '@jest/globals';
import type { EventRow, FinalState } from '../../chaos/checks/final-state.ts';
import { findViolations } from '../../chaos/checks/invariants.ts';
import type { Operation } from '../../chaos/operation-log.ts';
import { basketFor } from '../../chaos/people/basket.ts';
import { orderIdFor } from '../../src/api/orders/order-id.ts';

const user = 'ana';
const key = 'chaos-1';
const orderId = orderIdFor(user, key);
const times = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z', '2026-01-01T00:00:03.000Z'];

const placement: Operation = {
  ...{ kind: 'place', at: 0, ms: 80, via: 'api-1', user, key, status: 201 },
  answer: { orderId },
};

function event(version: number, type: string): EventRow {
  const id = `${orderId}:${version}:${type}`;
  return { id, type, sequence: `${version}`, time: times[version - 1] ?? '', body: id };
}

/** A shipped order with which everything is right, and what is changed of it. */
function finalState(change: (right: FinalState) => void = () => undefined): FinalState {
  const right: FinalState = {
    operations: [placement],
    orders: new Map([
      [
        orderId,
        {
          ...{ orderId, userId: user, idempotencyKey: key, version: 3 },
          ...{ status: 'ENVIADO', totalAmount: '19.99', currency: 'EUR', refunds: [] },
        },
      ],
    ]),
    history: new Map([
      [
        orderId,
        (['CREADO', 'PAGADO', 'ENVIADO'] as const).map((status, index) => ({
          ...{ status, version: index + 1, at: times[index] ?? '', comment: 'changed' },
        })),
      ],
    ]),
    payments: new Map([[orderId, [{ paymentStatus: 'completed', amount: '19.99' }]]]),
    money: new Map([
      [orderId, [{ type: 'charge', status: 'completed', amount: '19.99', currency: 'EUR' }]],
    ]),
    stock: new Map([[orderId, [{ type: 'reserve' }]]]),
    levels: [{ productId: 'P-1001', available: 5, held: 1 }],
    events: new Map([
      [
        orderId,
        [
          event(1, 'order.created'),
          event(2, 'order.paid'),
          event(2, 'order.status_changed'),
          event(3, 'order.status_changed'),
        ],
      ],
    ]),
    workflows: new Map([[orderId, 'COMPLETED']]),
  };
  change(right);
  return right;
}

const of = <Value>(rows: Map<string, Value>): Value => {
  const found = rows.get(orderId);
  if (found === undefined) throw new Error('the order has none');
  return found;
};

describe('what a chaos run looks for', () => {
  it('is nothing where everything is right', () => {
    expect(findViolations(finalState())).toEqual([]);
  });

  const breaks: [string, string, (right: FinalState) => void][] = [
    ['a second charge', 'I4', ({ money }) => of(money).push({ ...of(money)[0], type: 'charge' })],
    ['a charge of another amount', 'I2', ({ orders }) => (of(orders).totalAmount = '25.99')],
    ['money kept for a cancelled order', 'I2', ({ orders }) => (of(orders).status = 'CANCELADO')],
    ['money for no order', 'I2', ({ orders }) => orders.delete(orderId)],
    ['an order that is kept and not charged', 'I2', ({ money }) => money.clear()],
    ['stock that is held twice', 'I4', ({ stock }) => of(stock).push({ type: 'reserve' })],
    ['stock that is not held', 'I3', ({ stock }) => of(stock).push({ type: 'release' })],
    [
      'stock below nothing',
      'I3',
      ({ levels }) => levels.push({ productId: 'P', available: -1, held: 0 }),
    ],
    ['an order that does not end', 'I5', ({ workflows }) => workflows.set(orderId, 'RUNNING')],
    ['an order without a workflow', 'I5', ({ workflows }) => workflows.clear()],
    ['a version that is missing', 'I7', ({ history }) => of(history).splice(1, 1)],
    [
      'a step that is not allowed',
      'I7',
      ({ history }) => Object.assign(of(history)[1] ?? {}, { status: 'ENVIADO' }),
    ],
    ['a lost event', 'I6', ({ events }) => of(events).pop()],
    ['events out of order', 'I6', ({ events }) => of(events).reverse()],
    [
      'copies that differ',
      'I6',
      ({ events }) => of(events).push({ ...event(1, 'order.created'), body: 'another' }),
    ],
    [
      'an event of another time',
      'I6',
      ({ events }) => Object.assign(of(events)[0] ?? {}, { time: 'later' }),
    ],
    [
      'an event over another amount',
      'I6',
      ({ events }) => Object.assign(of(events)[0] ?? {}, { amount: 20 }),
    ],
    [
      'a payment that says something else',
      'I10',
      ({ payments }) => payments.set(orderId, [{ paymentStatus: 'failed', amount: '19.99' }]),
    ],
    [
      'an accepted order that is gone',
      'I8',
      ({ orders, history, money, stock, events }) =>
        [orders, history, money, stock, events].map((rows) => rows.clear()),
    ],
    [
      'a replay that names another order',
      'I1',
      (right) => (right.operations = [{ ...placement, answer: { orderId: 'another' } }]),
    ],
    [
      'a second order of the same key',
      'I1',
      ({ orders }) => orders.set('another', { ...of(orders), orderId: 'another' }),
    ],
    [
      'a cancellation that was answered and is not so',
      'I8',
      (right) =>
        (right.operations = [placement, { ...placement, kind: 'cancel', orderId, status: 200 }]),
    ],
  ];

  it.each(breaks)('%s breaks %s', (_name, invariant, change) => {
    const found = findViolations(finalState(change)).map((violation) => violation.invariant);
    expect(found).toContain(invariant);
  });
});

describe('the customers of a chaos run', () => {
  it('order the same with the same seed, and something else with another', () => {
    const baskets = (seed: string) =>
      Array.from({ length: 50 }, (_, number) => basketFor(seed, number));
    expect(baskets('7')).toEqual(baskets('7'));
    expect(JSON.stringify(baskets('7'))).not.toEqual(
      JSON.stringify(baskets('8')).replaceAll('chaos-8', 'chaos-7'),
    );
  });
});
