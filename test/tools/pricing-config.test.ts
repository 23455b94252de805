import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadApiConfig } from '../../src/config/config.ts';
import { pricingSettings } from '../../src/config/pricing.ts';
import { defaultPricing } from '../../src/domain/pricing/price-order.ts';

const api = { MONGODB_URI: 'mongodb://127.0.0.1/orders', JWT_SECRET: 'x'.repeat(32) };
const settings = (env: Record<string, string>) =>
  pricingSettings(loadApiConfig({ ...api, ...env }));
const taxed = { TAX_POLICY: 'by-country', TAX_RATES: 'ES:21' };
const shipped = { SHIPPING_POLICY: 'flat-rate', SHIPPING_RATE: 'EUR:4.95' };

describe('the configuration of prices', () => {
  it('is no tax, no shipping and half-up, unless told', () => {
    expect(settings({})).toEqual(defaultPricing);
    expect(settings({ TAX_POLICY: '', TAX_RATES: '', ROUNDING: '' })).toEqual(defaultPricing);
  });

  it('takes rates as exact text, and amounts in minor units', () => {
    expect(
      settings({
        TAX_POLICY: 'by-country',
        TAX_RATES: 'ES:21, FR:5.5 ,*:0',
        SHIPPING_POLICY: 'flat-rate',
        SHIPPING_RATE: 'EUR:4.95,JPY:500,KWD:1.125',
        SHIPPING_FREE_FROM: 'EUR:50',
        ROUNDING: 'half-even',
      }),
    ).toEqual({
      tax: { policy: 'by-country', rates: { ES: '21', FR: '5.5', '*': '0' } },
      shipping: {
        policy: 'flat-rate',
        rates: { EUR: 495, JPY: 500, KWD: 1125 },
        freeFrom: { EUR: 5000 },
      },
      rounding: 'half-even',
    });
  });

  const percents = 'of 0 to 100 with at most 4 decimals; entry 2';
  const amounts = 'with the decimals of the currency; entry 2 is not such a pair';
  it.each([
    ['TAX_POLICY', { TAX_POLICY: 'by-region' }, 'expected one of "none"|"by-country"'],
    ['ROUNDING', { ROUNDING: 'down' }, 'expected one of "half-up"|"half-even"'],
    ['TAX_RATES', { TAX_POLICY: 'by-country' }, 'is required with TAX_POLICY=by-country'],
    ['TAX_RATES', { TAX_RATES: 'ES:21' }, 'has no effect without TAX_POLICY'],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,Spain:21' }, `${percents} is not such a pair`],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,FR:101' }, `${percents} is not such a pair`],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,FR:-1' }, `${percents} is not such a pair`],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,FR' }, `${percents} is not such a pair`],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,' }, `${percents} is not such a pair`],
    ['TAX_RATES', { ...taxed, TAX_RATES: 'ES:21,ES:10' }, `${percents} repeats an earlier one`],
    [
      'SHIPPING_RATE',
      { SHIPPING_POLICY: 'flat-rate' },
      'is required with SHIPPING_POLICY=flat-rate',
    ],
    ['SHIPPING_RATE', { SHIPPING_RATE: 'EUR:1' }, 'has no effect without SHIPPING_POLICY'],
    ['SHIPPING_RATE', { ...shipped, SHIPPING_RATE: 'EUR:1,JPY:1.5' }, amounts],
    ['SHIPPING_RATE', { ...shipped, SHIPPING_RATE: 'EUR:1,EUX:1' }, amounts],
    ['SHIPPING_RATE', { ...shipped, SHIPPING_RATE: 'EUR:1,USD:-1' }, amounts],
    ['SHIPPING_FREE_FROM', { SHIPPING_FREE_FROM: 'EUR:1' }, 'has no effect without'],
    ['SHIPPING_FREE_FROM', { ...shipped, SHIPPING_FREE_FROM: 'USD:1' }, 'that SHIPPING_RATE lacks'],
  ])('names %s when it is wrong: %j', (name, env, message) => {
    const load = () => loadApiConfig({ ...api, ...env });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(`  ${name}: `);
    expect(load).toThrow(message);
  });
});
