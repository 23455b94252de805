import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SoldLines } from '../../src/domain/records.ts';
import { planRefund, type RefundScope, type RefundShare } from '../../src/domain/refund.ts';
import { Refusal } from '../../src/domain/refusal.ts';

const line = fc.record({
  productId: fc.constantFrom('P-1', 'P-2', 'P-3'),
  quantity: fc.integer({ min: 1, max: 12 }),
  unitPrice: fc.integer({ min: 0, max: 100_000 }),
  discount: fc.integer({ min: 0, max: 100 }),
});

/** Orders of any prices, with tax and shipping, that cost something. */
const sold: fc.Arbitrary<SoldLines> = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 5 }),
    shippingAmount: fc.integer({ min: 0, max: 1_000 }),
    percent: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ lines, shippingAmount, percent }) => {
    const priced = lines.map(({ discount, ...one }) => {
      const totalPrice = one.quantity * one.unitPrice;
      const discountAmount = Math.floor((totalPrice * discount) / 100);
      return { ...one, productName: 'x', productSku: 'x', totalPrice, discountAmount };
    });
    const net = priced.reduce((sum, one) => sum + one.totalPrice - one.discountAmount, 0);
    const taxAmount = Math.round(((net + shippingAmount) * percent) / 100);
    const totalAmount = net + shippingAmount + taxAmount;
    return { currency: 'EUR', lines: priced, taxAmount, shippingAmount, totalAmount };
  })
  .filter(({ totalAmount }) => totalAmount > 0);

const sumOf = (shares: readonly RefundShare[]) =>
  shares.reduce((sum, { amount }) => sum + amount, 0);

function attempt(run: () => RefundShare): RefundShare | undefined {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return undefined;
  }
}

describe('what a refund comes to', () => {
  it('adds up to what was paid, unit by unit, to the minor unit', () => {
    fc.assert(
      fc.property(sold, (order) => {
        const units = order.lines.flatMap(({ productId, quantity }) =>
          Array.from({ length: quantity }, () => ({ lines: [{ productId, quantity: 1 }] })),
        );
        const given: RefundShare[] = [];
        const scopes: RefundScope[] = [...units, { shipping: true }];
        for (const scope of scopes) {
          const share = attempt(() => planRefund(order, given, scope));
          // What costs nothing is not given back; it counts as returned all the same.
          given.push(share ?? { lines: scope.lines ?? [], shipping: false, amount: 0 });
        }
        expect(sumOf(given)).toBe(order.totalAmount);
      }),
    );
  });

  it('is never more than is left, whatever was asked before', () => {
    const scope = fc.oneof(
      fc.record({ amount: fc.integer({ min: 1, max: 50_000 }) }),
      fc.record({
        lines: fc.array(
          fc.record({
            productId: fc.constantFrom('P-1', 'P-2', 'P-3', 'P-4'),
            quantity: fc.integer({ min: 1, max: 5 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        shipping: fc.boolean(),
      }),
      fc.constant({}),
    );
    fc.assert(
      fc.property(sold, fc.array(scope, { maxLength: 12 }), (order, scopes) => {
        const given: RefundShare[] = [];
        for (const asked of scopes) {
          const share = attempt(() => planRefund(order, given, asked));
          if (share === undefined) continue;
          expect(share.amount).toBeGreaterThan(0);
          given.push(share);
        }
        expect(sumOf(given)).toBeLessThanOrEqual(order.totalAmount);
        for (const { productId } of order.lines) {
          const of = (lines: readonly { productId: string; quantity: number }[]) =>
            lines.filter((one) => one.productId === productId).reduce((n, l) => n + l.quantity, 0);
          expect(of(given.flatMap(({ lines }) => lines))).toBeLessThanOrEqual(of(order.lines));
        }
      }),
    );
  });

  it('without a scope is all that is left', () => {
    fc.assert(
      fc.property(sold, fc.integer({ min: 1, max: 50_000 }), (order, amount) => {
        const first = attempt(() => planRefund(order, [], { amount }));
        const before = first === undefined ? [] : [first];
        const rest = attempt(() => planRefund(order, before, {}));
        expect(sumOf([...before, ...(rest ? [rest] : [])])).toBe(order.totalAmount);
      }),
    );
  });
});
