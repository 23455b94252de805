import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exponentOf, MoneyError, toMajor, toMinor } from '../src/domain/money.ts';
import type { Product } from '../src/domain/order.ts';
import { priceOrder } from '../src/domain/pricing.ts';

const currencies = ['EUR', 'USD', 'JPY', 'KWD', 'MGA', 'MRU', 'CLF'];

describe('an amount', () => {
  it('has the decimals of its currency', () => {
    expect(currencies.map(exponentOf)).toEqual([2, 2, 0, 3, 2, 2, 4]);
  });

  it.each([
    ['59.98', 'EUR', 5998],
    ['10.1', 'EUR', 1010],
    ['10.100', 'EUR', 1010],
    ['1500', 'JPY', 1500],
    ['1.234', 'KWD', 1234],
    ['0.07', 'USD', 7],
    ['-0.50', 'EUR', -50],
  ])('%s %s is %d in minor units', (text, currency, minor) => {
    expect(toMinor(text, currency)).toBe(minor);
  });

  it.each([
    ['19.999', 'EUR'],
    ['1.5', 'JPY'],
    ['1e3', 'EUR'],
    ['', 'EUR'],
    ['1,50', 'EUR'],
    ['90071992547409.93', 'EUR'],
    ['1', 'XXZ'],
    ['1', 'eur'],
  ])('%s %s is refused', (text, currency) => {
    expect(() => toMinor(text, currency)).toThrow(MoneyError);
  });

  it('survives the way to text and back', () => {
    const amount = fc.maxSafeInteger();
    fc.assert(
      fc.property(amount, fc.constantFrom(...currencies), (minor, currency) => {
        const text = toMajor(minor, currency);
        // Beyond 2^53 / 10^exponent no number has all decimals: the text is what counts.
        expect(toMinor(text, currency)).toBe(minor === 0 ? 0 : minor);
        expect(text.split('.')[1]?.length ?? 0).toBe(exponentOf(currency));
      }),
    );
  });
});

describe('the price of an order', () => {
  const product = fc.record({
    unitPrice: fc.integer({ min: 0, max: 10_000_000 }),
    quantity: fc.integer({ min: 1, max: 1000 }),
  });

  it('is the sum of its lines, to the minor unit', () => {
    fc.assert(
      fc.property(
        fc.array(product, { minLength: 1, maxLength: 100 }),
        fc.constantFrom(...currencies),
        (lines, currency) => {
          const products: Product[] = lines.map(({ unitPrice }, index) => ({
            productId: `P-${index}`,
            productName: 'name',
            productSku: 'sku',
            unitPrice,
            currency,
          }));
          const items = lines.map(({ quantity }, index) => ({ productId: `P-${index}`, quantity }));
          const priced = priceOrder(items, products, {});
          const sum = priced.lines.reduce((total, line) => total + line.totalPrice, 0);
          expect(sum + priced.taxAmount + priced.shippingAmount).toBe(priced.totalAmount);
          expect(priced.totalAmount).toBe(
            lines.reduce((total, line) => total + line.unitPrice * line.quantity, 0),
          );
        },
      ),
    );
  });
});
