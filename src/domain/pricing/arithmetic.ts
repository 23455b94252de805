import {
  add,
  type Dinero,
  dinero,
  halfEven,
  halfUp,
  multiply,
  toSnapshot,
  transformScale,
} from 'dinero.js/bigint';
import { Refusal } from '../refusal.ts';
import { exponentOf } from './money.ts';

const roundingModes = { 'half-up': halfUp, 'half-even': halfEven } as const;

export type Rounding = keyof typeof roundingModes;
export const roundings = Object.keys(roundingModes) as Rounding[];

export type Arithmetic = ReturnType<typeof arithmetic>;

/**
 * Calculates with amounts of one currency, in minor units. In between they are as large and as
 * exact as they need to be; a result beyond 2^53 - 1 is a Refusal validation_failed.
 */
export function arithmetic(currency: string, rounding: Rounding) {
  const exponent = BigInt(exponentOf(currency));
  const money = (minor: number) =>
    dinero({ amount: BigInt(minor), currency: { code: currency, base: 10n, exponent } });

  return {
    times: (minor: number, quantity: number) =>
      minorUnits(multiply(money(minor), BigInt(quantity))),

    sum: (amounts: readonly number[]) => minorUnits(amounts.map(money).reduce(add, money(0))),

    /** A percentage as decimal text ("21", "5.5"), rounded once, to the minor unit. */
    percentage(minor: number, percent: string): number {
      const exact = multiply(money(minor), fraction(percent));
      return minorUnits(transformScale(exact, exponent, roundingModes[rounding]));
    },
  };
}

/** "5.5" percent is 55 of 1,000. */
function fraction(percent: string): { amount: bigint; scale: bigint } {
  const [whole = '', decimals = ''] = percent.split('.');
  return { amount: BigInt(whole + decimals), scale: BigInt(decimals.length + 2) };
}

function minorUnits(amount: Dinero<bigint, string>): number {
  const minor = Number(toSnapshot(amount).amount);
  if (Number.isSafeInteger(minor)) return minor;
  throw new Refusal('validation_failed', 'The total of the order is too large');
}
