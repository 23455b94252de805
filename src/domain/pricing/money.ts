import currencyCodes from 'currency-codes';
import { dinero, toDecimal } from 'dinero.js';

/** An amount that cannot be taken as money: unknown currency, too many decimals, too large. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';
}

/** Metals, units of account, tests: ISO 4217 gives them no minor unit, the library's data a 0. */
const WITHOUT_MINOR_UNIT = /^X(A[GU]|B[A-D]|DR|P[DT]|SU|TS|UA|XX)$/;

// The library searches its list at each call, and an order is twenty calls.
const exponents = new Map(
  currencyCodes.data
    .filter(({ code }) => !WITHOUT_MINOR_UNIT.test(code))
    .map(({ code, digits }) => [code, digits]),
);

/** Whether ISO 4217 knows the currency, and its minor unit. */
export function isCurrency(code: string): boolean {
  return exponents.has(code);
}

/** Number of decimals of a currency by ISO 4217: JPY 0, EUR 2, KWD 3. Throws MoneyError. */
export function exponentOf(currency: string): number {
  const exponent = exponents.get(currency);
  if (exponent === undefined) throw new MoneyError(`unknown currency ${currency}`);
  return exponent;
}

/**
 * Minor units from the decimal text of an amount in major units, digit by digit: "59.98" EUR is
 * 5998. Throws MoneyError for more decimals than the currency has, and beyond 2^53 - 1.
 */
export function toMinor(amount: string, currency: string): number {
  const exponent = exponentOf(currency);
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(amount);
  if (match === null) throw new MoneyError('not a decimal amount');
  const [, whole = '', decimals = ''] = match;
  const significant = decimals.replace(/0+$/, '');
  if (significant.length > exponent) {
    throw new MoneyError(`${currency} has ${exponent} decimals, not ${significant.length}`);
  }
  const minor = Number(whole + significant.padEnd(exponent, '0'));
  if (!Number.isSafeInteger(minor)) throw new MoneyError('amount too large');
  return minor;
}

/** Decimal text in major units, with all decimals of the currency: 5998 EUR is "59.98". */
export function toMajor(minor: number, currency: string): string {
  return toDecimal(
    dinero({
      amount: minor,
      currency: { code: currency, base: 10, exponent: exponentOf(currency) },
    }),
  );
}

/**
 * The number in major units that is nearest to the amount, for JSON: 5998 EUR is 59.98. Both sides of
 * the division are exact, so its result is the number that the decimal text would be read as.
 */
export function toMajorNumber(minor: number, currency: string): number {
  return minor / 10 ** exponentOf(currency);
}
