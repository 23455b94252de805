import { expect } from '@jest/globals';
import { canTransition, type OrderStatus } from '../../../src/domain/order-status.ts';
import { eventually } from '../eventually.ts';
import { ledger } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { documents } from './orders.ts';

/** What must hold of every order that has come to its end, whatever happened on the way. */
export async function expectInvariants(stack: Stack, orderId: string): Promise<void> {
  const { order, history, payments } = await documents(stack, orderId);
  const status = order?.status as OrderStatus;
  const isKept = status === 'ENVIADO';
  const confirmed = history.some((row) => /^payment .* confirmed/.test(`${row.comment}`));
  const [money, stock] = await Promise.all([
    ledger(stack, 'payments', orderId),
    ledger(stack, 'inventory', orderId),
  ]);
  const count = (entries: { type: string }[], type: string) =>
    entries.filter((entry) => entry.type === type).length;

  // Every effect at most once for its key.
  for (const type of ['charge', 'refund', 'decline']) {
    expect({ [type]: count(money, type) <= 1 }).toEqual({ [type]: true });
  }
  for (const type of ['reserve', 'release']) {
    expect({ [type]: count(stock, type) <= 1 }).toEqual({ [type]: true });
  }
  // Money is kept for orders that are kept, and for no other.
  const charged = money.filter(isCapture).length - count(money, 'refund');
  expect({ charged }).toEqual({ charged: isKept && !confirmed ? 1 : isKept ? charged : 0 });
  // Stock is held for orders that are kept, and for no other.
  expect(count(stock, 'reserve') - count(stock, 'release')).toBe(isKept ? 1 : 0);
  // The payment says what the ledger says.
  expect(payments.length <= 1).toBe(true);
  // What a person vouched for is given back by a person, who says so.
  const byPerson = history.map(({ comment }) => `${comment}`).findLast(isRefundByPerson);
  const isRefunded = byPerson ? byPerson.startsWith('refund') : count(money, 'refund') === 1;
  for (const payment of payments) {
    const said = payment.paymentStatus;
    expect(said).toBe(isKept ? 'completed' : isRefunded ? 'refunded' : 'failed');
  }
  // What was recorded was charged.
  for (const { type, amount, currency } of money) {
    if (type !== 'charge') continue;
    expect([`${amount}`, currency]).toEqual([`${order?.totalAmount}`, order?.currency]);
  }
  // Versions have no gaps, and every transition is legal.
  expect(history.map((row) => row.version)).toEqual(history.map((_row, index) => index + 1));
  expect(order?.version).toBe(history.length);
  const steps = history.map((row) => row.status as OrderStatus);
  steps.forEach((to, index) => {
    const from = steps[index - 1];
    expect(from === undefined || from === to || canTransition(from, to)).toBe(true);
  });
  await expectEvents(stack, orderId, steps);
  // An event is the same each time it comes, with the time of the change that it tells of.
  const times = history.map((row) => (row.createdAt as Date).toISOString());
  const bodies = new Map<string, string>();
  for (const event of await stack.events.of(orderId)) {
    expect(event.time).toBe(times[Number(event.sequence) - 1]);
    const body = JSON.stringify(event);
    expect(bodies.get(event.id) ?? body).toBe(body);
    bodies.set(event.id, body);
    const amount = event.data.totalAmount ?? event.data.amount;
    if (amount !== undefined) expect(`${amount}`).toBe(`${Number(`${order?.totalAmount}`)}`);
  }
}

/** A bank transfer is asked for first, and captured when it has arrived. */
const isCapture = ({ type, status }: Record<string, unknown>) =>
  (type === 'charge' && status === 'completed') || type === 'confirm' || type === 'receive';

const isRefundByPerson = (comment: string) =>
  /^(refund .* confirmed|nothing to refund)/.test(comment);

/** Each transition has its events, each with its own id, first seen in version order. */
async function expectEvents(stack: Stack, orderId: string, steps: OrderStatus[]): Promise<void> {
  const expected = steps.flatMap((to, index) => {
    const version = index + 1;
    if (index === 0) return [`${orderId}:${version}:order.created`];
    if (to === steps[index - 1]) return [];
    const changed = `${orderId}:${version}:order.status_changed`;
    return to === 'PAGADO' ? [`${orderId}:${version}:order.paid`, changed] : [changed];
  });
  await eventually(async () => {
    const seen = (await stack.events.of(orderId)).map(({ id }) => id);
    expect([...new Set(seen)]).toEqual(expected);
  });
}
