import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arithmetic } from '../../src/domain/pricing/arithmetic.ts';
import { toMajor } from '../../src/domain/pricing/money.ts';
import {
  type PricedOrder,
  type PricingSettings,
  priceOrder,
} from '../../src/domain/pricing/price-order.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { address } from '../support/api/requests.ts';
import {
  anyOrder,
  basket,
  exactly,
  MILLIONTHS,
  percent,
  rounded,
} from '../support/orders/pricing.ts';

const add = (amounts: number[]) => amounts.reduce((sum, amount) => sum + amount, 0);
const net = (line: PricedOrder['lines'][number]) => line.totalPrice - line.discountAmount;
const shop: PricingSettings = {
  tax: { policy: 'by-country', rates: { ES: '21', FR: '5.5' } },
  shipping: { policy: 'flat-rate', rates: { EUR: 495 }, freeFrom: { EUR: 5000 } },
  rounding: 'half-up',
};
const to = (country: string) => ({ ...address, country });

/** One line of the given worth, in EUR unless told. */
function price(worth: number, terms: Record<string, unknown> = {}, currency = 'EUR') {
  const { items, products } = basket([{ unitPrice: worth, quantity: 1 }], currency);
  return priceOrder(items, products, { shippingAddress: address, pricing: shop, ...terms });
}

function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** Of an order that costs something; a property does not look at the others. */
function pricedForMoney(...order: Parameters<typeof priceOrder>): PricedOrder {
  try {
    return priceOrder(...order);
  } catch (error) {
    fc.pre(!(error instanceof Refusal && error.code === 'nothing_to_pay'));
    throw error;
  }
}

describe('the price of an order', () => {
  it('adds up to the minor unit, in every currency, by every policy and rounding', () => {
    fc.assert(
      fc.property(anyOrder, ({ goods, discounted, items, products, terms }) => {
        const worth = add(goods.map(({ unitPrice, quantity }) => unitPrice * quantity));
        const discount = Math.floor((worth / 1_000_000) * discounted);
        const priced = pricedForMoney(items, products, terms, discount);

        const { lines, taxAmount, shippingAmount, totalAmount } = priced;
        expect(add(lines.map((line) => line.totalPrice))).toBe(worth);
        expect(add(lines.map((line) => line.discountAmount))).toBe(discount);
        expect(worth - discount + taxAmount + shippingAmount).toBe(totalAmount);
        for (const line of lines) {
          expect(line.totalPrice).toBe(line.unitPrice * line.quantity);
          expect(net(line)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('has the tax of each line and of shipping, each rounded once, and the sum not again', () => {
    fc.assert(
      fc.property(anyOrder, ({ items, products, terms, percent, discounted }) => {
        const worth = worthOf(items, products);
        const discount = Math.floor((worth / 1_000_000) * discounted);
        const priced = pricedForMoney(items, products, terms, discount);
        const { lines, taxAmount, shippingAmount } = priced;
        const { tax, rounding } = terms.pricing;
        const taxed = [...lines.map(net), shippingAmount].map((amount) =>
          rounded(exactly(amount, percent), rounding),
        );
        const sum = taxed.reduce((total, amount) => total + amount, 0n);
        expect(BigInt(taxAmount)).toBe(tax.policy === 'none' ? 0n : sum);
      }),
    );
  });

  it('names what it was made by', () => {
    expect(price(100).pricing).toEqual({
      tax: 'by-country',
      shipping: 'flat-rate',
      rounding: 'half-up',
    });
    expect(price(100, { pricing: undefined })).toMatchObject({
      pricing: { tax: 'none', shipping: 'none', rounding: 'half-up' },
      taxAmount: 0,
      shippingAmount: 0,
      totalAmount: 100,
    });
  });

  it('may not be 0, since that cannot be charged; a free line may', () => {
    expect(refusalOf(() => price(0, { pricing: undefined })).code).toBe('nothing_to_pay');
    expect(price(0).totalAmount).toBe(495 + 104);
    const { items, products } = basket([{ unitPrice: 100, quantity: 1 }], 'EUR');
    const terms = { shippingAddress: address };
    expect(refusalOf(() => priceOrder(items, products, terms, 100)).code).toBe('nothing_to_pay');
    expect(priceOrder(items, products, terms, 99).totalAmount).toBe(1);
  });

  it('may be as large as 2^53 - 1 minor units, and is refused beyond', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    expect(price(largest, { pricing: undefined }).totalAmount).toBe(largest);
    expect(refusalOf(() => price(largest)).code).toBe('validation_failed');
    const many = basket([{ unitPrice: largest, quantity: 2 }], 'EUR');
    const refusal = refusalOf(() =>
      priceOrder(many.items, many.products, { shippingAddress: address }),
    );
    expect(refusal.code).toBe('validation_failed');
  });
});

/** The goods' worth, by other means than the code's. */
function worthOf(items: { quantity: number }[], products: { unitPrice: number }[]): number {
  return add(items.map(({ quantity }, index) => quantity * (products[index]?.unitPrice ?? 0)));
}

describe('a percentage', () => {
  const amount = fc.oneof(fc.maxSafeNat(), fc.nat(10_000));

  it('differs from the exact one by half a minor unit at most', () => {
    fc.assert(
      fc.property(amount, percent(), (minor, rate) => {
        for (const rounding of ['half-up', 'half-even'] as const) {
          const tax = BigInt(arithmetic('EUR', rounding).percentage(minor, rate));
          expect(tax).toBe(rounded(exactly(minor, rate), rounding));
          const off = tax * MILLIONTHS - exactly(minor, rate);
          expect((off < 0n ? -off : off) * 2n).toBeLessThanOrEqual(MILLIONTHS);
        }
      }),
    );
  });

  it('that ends on a half goes up, or as often up as down', () => {
    const halves = Array.from({ length: 1000 }, (_, index) => 2 * index + 1);
    const bias = (rounding: 'half-up' | 'half-even') =>
      add(halves.map((minor) => arithmetic('EUR', rounding).percentage(minor, '50') - minor / 2));
    expect(bias('half-even')).toBe(0);
    expect(bias('half-up')).toBe(500);
  });
});

describe('tax by country', () => {
  it('is taken at the rate of where the order is sent, on the goods and on shipping', () => {
    expect(price(1001)).toMatchObject({ shippingAmount: 495, taxAmount: 210 + 104 });
    const french = price(1001, { shippingAddress: to('FR') });
    expect(french).toMatchObject({ shippingAmount: 495, taxAmount: 55 + 27 });
  });

  it('is refused for a country without a rate, unless there is one for all others', () => {
    const refusal = refusalOf(() => price(1000, { shippingAddress: to('US') }));
    expect(refusal).toMatchObject({ code: 'country_not_supported', details: { country: 'US' } });
    const pricing = { ...shop, tax: { policy: 'by-country', rates: { ES: '21', '*': '0' } } };
    expect(price(1000, { shippingAddress: to('US'), pricing }).taxAmount).toBe(0);
    expect(price(1000, { pricing }).taxAmount).toBe(210 + 104);
  });
});

describe('shipping at a flat rate', () => {
  it('is free from a worth of the goods on, before tax', () => {
    expect(price(4999).shippingAmount).toBe(495);
    expect(price(5000).shippingAmount).toBe(0);
    const discounted = basket([{ unitPrice: 5000, quantity: 1 }], 'EUR');
    const terms = { shippingAddress: address, pricing: shop };
    expect(priceOrder(discounted.items, discounted.products, terms, 1).shippingAmount).toBe(495);
  });

  it('is refused for a currency without a rate', () => {
    const refusal = refusalOf(() => price(1000, {}, 'USD'));
    expect(refusal).toMatchObject({
      code: 'currency_not_supported',
      details: { currencies: ['USD'] },
    });
  });
});

describe('the expected total', () => {
  it.each(['18.08', '18.080', '018.08'])('%s is the total', (expectedTotal) => {
    expect(price(999, { expectedTotal }).totalAmount).toBe(1808);
  });

  it('is compared to the minor unit, however large', () => {
    const [total, other] = ['90071992547409.88', '90071992547409.87'];
    expect(Number(total)).toBe(Number(other));
    const expecting = (expectedTotal: string) =>
      price(9_007_199_254_740_988, { pricing: undefined, expectedTotal });
    expect(toMajor(expecting(total).totalAmount, 'EUR')).toBe(total);
    expect(refusalOf(() => expecting(other)).code).toBe('price_changed');
  });

  it.each(['18.07', '18.081', '1e2', '99999999999999999999'])('%s is another', (expectedTotal) => {
    const refusal = refusalOf(() => price(999, { expectedTotal }));
    expect(refusal.code).toBe('price_changed');
    expect(refusal.details).toEqual({
      total: '18.08',
      taxAmount: '3.14',
      shippingAmount: '4.95',
      currency: 'EUR',
      lines: [
        {
          productId: 'P-0',
          quantity: 1,
          unitPrice: '9.99',
          discountAmount: '0.00',
          totalPrice: '9.99',
        },
      ],
    });
  });
});
