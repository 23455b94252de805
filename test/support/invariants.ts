import { expect } from '@jest/globals';
import { canTransition, type OrderStatus } from '../../src/domain/order-status.ts';
import { eventually } from './eventually.ts';
import { documents } from './orders.ts';
import { ledger } from './services.ts';
import type { Stack } from './stack.ts';

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
  const charged = count(money, 'charge') - count(money, 'refund');
  expect({ charged }).toEqual({ charged: isKept && !confirmed ? 1 : isKept ? charged : 0 });
  // Stock is held for orders that are kept, and for no other.
  expect(count(stock, 'reserve') - count(stock, 'release')).toBe(isKept ? 1 : 0);
  // The payment says what the ledger says.
  const refunded = count(money, 'refund') === 1;
  for (const payment of payments) {
    const said = payment.paymentStatus;
    expect(said).toBe(isKept ? 'completed' : refunded ? 'refunded' : 'failed');
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
}

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
