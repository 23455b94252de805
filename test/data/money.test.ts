import { describe, expect, it } from '@jest/globals';
import currencyCodes from 'currency-codes';
import * as dineroCurrencies from 'dinero.js/currencies';
import fc from 'fast-check';
import {
  exponentOf,
  MoneyError,
  toMajor,
  toMajorNumber,
  toMinor,
} from '../../src/domain/pricing/money.ts';
import { currencies } from '../support/orders/pricing.ts';

describe('a currency', () => {
  it.each([
    ['JPY', 0],
    ['UYI', 0],
    ['EUR', 2],
    ['MGA', 2],
    ['MRU', 2],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %d decimals', (currency, decimals) => {
    expect(exponentOf(currency)).toBe(decimals);
  });

  // dinero.js has a table of its own, in which a fifth of an ariary is a minor unit.
  it('has as many as a second table says, whichever it is', () => {
    const others = Object.values(dineroCurrencies).filter(
      ({ code, base }) => base === 10 && currencyCodes.code(code) !== undefined,
    );
    expect(others.length).toBeGreaterThan(150);
    for (const { code, exponent } of others)
      expect([code, exponentOf(code)]).toEqual([code, exponent]);
  });

  it.each(['XAU', 'XDR', 'XTS', 'XXX', 'XXZ', 'eur', 'EURO', ''])('is not %j', (code) => {
    expect(() => exponentOf(code)).toThrow(MoneyError);
  });

  it('is every other code of ISO 4217', () => {
    const refused = currencyCodes.codes().filter((code) => !currencies.includes(code));
    expect(refused.sort().join(' ')).toBe('XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX');
  });
});

describe('an amount', () => {
  it.each([
    ['59.98', 'EUR', 5998],
    ['10.1', 'EUR', 1010],
    ['10.100', 'EUR', 1010],
    ['1500', 'JPY', 1500],
    ['1.234', 'KWD', 1234],
    ['0.07', 'USD', 7],
    ['-0.50', 'EUR', -50],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %d in minor units', (text, currency, minor) => {
    expect(toMinor(text, currency)).toBe(minor);
  });

  it.each([
    ['19.999', 'EUR'],
    ['1.5', 'JPY'],
    ['1e3', 'EUR'],
    ['', 'EUR'],
    ['1,50', 'EUR'],
    ['90071992547409.92', 'EUR'],
    ['1', 'XXZ'],
  ])('%s %s is refused', (text, currency) => {
    expect(() => toMinor(text, currency)).toThrow(MoneyError);
  });

  it('survives the way to text and back, in every currency', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...currencies), (minor, currency) => {
        const text = toMajor(minor, currency);
        // Beyond 2^53 / 10^exponent no number has all decimals: the text is what counts.
        expect(toMinor(text, currency)).toBe(minor === 0 ? 0 : minor);
        expect(text.split('.')[1]?.length ?? 0).toBe(exponentOf(currency));
      }),
    );
  });

  it('is the number that its text is read as, in every currency', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...currencies), (minor, currency) => {
        expect(toMajorNumber(minor, currency)).toBe(Number(toMajor(minor, currency)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('with a decimal more than its currency has is refused, in every currency', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(...currencies),
        fc.integer({ min: 1, max: 9 }),
        (whole, currency, digit) => {
          const text = `${whole}.${'0'.repeat(exponentOf(currency))}${digit}`;
          expect(() => toMinor(text, currency)).toThrow(MoneyError);
        },
      ),
    );
  });
});
