import currencyCodes from 'currency-codes';
import fc from 'fast-check';
import type { Product } from '../../../src/domain/order.ts';
import { type Rounding, roundings } from '../../../src/domain/pricing/arithmetic.ts';
import { isCurrency } from '../../../src/domain/pricing/money.ts';
import type { PricingSettings } from '../../../src/domain/pricing/price-order.ts';
import { address } from '../api/requests.ts';

/** Every currency that has a minor unit. */
export const currencies = currencyCodes.codes().filter(isCurrency);

export interface Goods {
  unitPrice: number;
  quantity: number;
}

/** A customer's basket, as `priceOrder` takes it. */
export function basket(goods: readonly Goods[], currency: string) {
  const products: Product[] = goods.map(({ unitPrice }, index) => ({
    productId: `P-${index}`,
    productName: 'name',
    productSku: 'sku',
    unitPrice,
    currency,
  }));
  const items = goods.map(({ quantity }, index) => ({ productId: `P-${index}`, quantity }));
  return { items, products };
}

/** An order as random as orders get: any currency, any policies, either rounding. */
export const anyOrder = fc
  .record({
    currency: fc.constantFrom(...currencies),
    goods: fc.array(
      fc.record({
        unitPrice: fc.integer({ min: 0, max: 10_000_000 }),
        quantity: fc.integer({ min: 1, max: 1000 }),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    percent: percent(),
    rate: fc.integer({ min: 0, max: 100_000 }),
    freeFrom: fc.option(fc.integer({ min: 0, max: 1_000_000_000 }), { nil: undefined }),
    tax: fc.constantFrom('none' as const, 'by-country' as const),
    shipping: fc.constantFrom('none' as const, 'flat-rate' as const),
    rounding: fc.constantFrom(...roundings),
    /** The part of the goods' worth that is taken off, in millionths. */
    discounted: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ currency, percent, rate, freeFrom, tax, shipping, rounding, ...order }) => {
    const pricing: PricingSettings = {
      tax: { policy: tax, ...(tax === 'by-country' && { rates: { ES: percent } }) },
      shipping: {
        policy: shipping,
        ...(shipping === 'flat-rate' && { rates: { [currency]: rate } }),
        ...(shipping === 'flat-rate' && freeFrom && { freeFrom: { [currency]: freeFrom } }),
      },
      rounding,
    };
    const terms = { shippingAddress: address, pricing };
    return { ...order, ...basket(order.goods, currency), currency, percent, terms };
  });

/** "0" to "99.9999", with or without decimals, and often one that leads to ties. */
export function percent() {
  const decimals = fc.option(fc.stringMatching(/^\d{1,4}$/));
  const any = fc
    .tuple(fc.nat(99), decimals)
    .map(([whole, part]) => (part === null ? `${whole}` : `${whole}.${part}`));
  return fc.oneof(any, fc.constantFrom('50', '12.5', '0.5'));
}

/** Minor units to the millionth, as a whole number, so that a test can be exact by other means. */
export function exactly(minor: number, percent: string): bigint {
  const [whole, decimals = ''] = percent.split('.');
  return BigInt(minor) * BigInt(whole + decimals.padEnd(4, '0'));
}
export const MILLIONTHS = 1_000_000n;

/** What rounding to whole units means, told apart from the library that does it. */
export function rounded(millionths: bigint, rounding: Rounding): bigint {
  const down = millionths / MILLIONTHS;
  const twice = (millionths % MILLIONTHS) * 2n;
  if (twice === MILLIONTHS) return rounding === 'half-up' || down % 2n === 1n ? down + 1n : down;
  return twice > MILLIONTHS ? down + 1n : down;
}
