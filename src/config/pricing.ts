import { z } from 'zod';
import { roundings } from '../domain/pricing/arithmetic.ts';
import { MoneyError, toMinor } from '../domain/pricing/money.ts';
import type { PricingSettings } from '../domain/pricing/price-order.ts';
import { shippingPolicies } from '../domain/pricing/shipping.ts';
import { taxPolicies } from '../domain/pricing/tax.ts';

/** "21" or "5.5": a percentage from 0 to 100, with at most four decimals. */
const PERCENT = /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/;
const COUNTRY = /^([A-Z]{2}|\*)$/;

const percents = list(
  'country:percent pairs such as ES:21,FR:5.5, of 0 to 100 with at most 4 decimals',
  (country, percent) => (COUNTRY.test(country) && PERCENT.test(percent) ? percent : undefined),
);
/** Amounts by currency, in minor units. */
export const amounts = list(
  'currency:amount pairs such as EUR:4.95,JPY:500, with the decimals of the currency',
  amountOf,
);

/** How the environment sets prices: see docs/use/money.md. */
export const pricingVariables = {
  TAX_POLICY: z.enum(taxPolicies).default('none').describe('how tax is computed'),
  TAX_RATES: percents.optional().describe('percent by country of destination, * for any other'),
  SHIPPING_POLICY: z.enum(shippingPolicies).default('none').describe('how shipping is computed'),
  SHIPPING_RATE: amounts.optional().describe('an amount by currency, in major units'),
  SHIPPING_FREE_FROM: amounts
    .optional()
    .describe('the worth of goods from which shipping is free, by currency'),
  ROUNDING: z.enum(roundings).default('half-up').describe('of amounts to minor units'),
};

export type PricingConfig = z.output<z.ZodObject<typeof pricingVariables>>;

export function pricingSettings(config: PricingConfig): PricingSettings {
  return {
    tax: { policy: config.TAX_POLICY, rates: config.TAX_RATES },
    shipping: {
      policy: config.SHIPPING_POLICY,
      rates: config.SHIPPING_RATE,
      freeFrom: config.SHIPPING_FREE_FROM,
    },
    rounding: config.ROUNDING,
  };
}

/** What is only wrong together: a policy without its rates, or rates that nothing reads. */
export function checkPricing(config: PricingConfig, context: z.RefinementCtx): void {
  const complain = (name: keyof PricingConfig, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { TAX_POLICY, TAX_RATES, SHIPPING_POLICY, SHIPPING_RATE, SHIPPING_FREE_FROM } = config;

  if (TAX_POLICY === 'none' && TAX_RATES) complain('TAX_RATES', 'has no effect without TAX_POLICY');
  if (TAX_POLICY === 'by-country' && !TAX_RATES) {
    complain('TAX_RATES', 'is required with TAX_POLICY=by-country');
  }
  if (SHIPPING_POLICY === 'flat-rate' && !SHIPPING_RATE) {
    complain('SHIPPING_RATE', 'is required with SHIPPING_POLICY=flat-rate');
  }
  for (const name of ['SHIPPING_RATE', 'SHIPPING_FREE_FROM'] as const) {
    if (SHIPPING_POLICY !== 'none' || !config[name]) continue;
    complain(name, 'has no effect without SHIPPING_POLICY');
  }
  const priced = Object.keys(SHIPPING_RATE ?? {});
  if (Object.keys(SHIPPING_FREE_FROM ?? {}).some((currency) => !priced.includes(currency))) {
    complain('SHIPPING_FREE_FROM', 'has a currency that SHIPPING_RATE lacks');
  }
}

/** Minor units; undefined for what is not an amount of money. */
function amountOf(currency: string, amount: string): number | undefined {
  try {
    const minor = toMinor(amount, currency);
    return minor >= 0 ? minor : undefined;
  } catch (error) {
    if (error instanceof MoneyError) return undefined;
    throw error;
  }
}

/** "key:value,key:value" as a record; a wrong entry is named by its place, for values are not shown. */
function list<T>(form: string, parse: (key: string, value: string) => T | undefined) {
  return z.string().transform((text, context) => {
    const entries = new Map<string, T>();
    for (const [index, entry] of text.split(',').entries()) {
      const [key = '', value = '', ...more] = entry.split(':').map((part) => part.trim());
      const parsed = more.length === 0 ? parse(key, value) : undefined;
      if (parsed === undefined || entries.has(key)) {
        const problem = entries.has(key) ? 'repeats an earlier one' : 'is not such a pair';
        const message = `must be ${form}; entry ${index + 1} ${problem}`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      entries.set(key, parsed);
    }
    return Object.fromEntries(entries);
  });
}
