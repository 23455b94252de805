import { code } from 'currency-codes';
import { Problem } from '../shared/problem.ts';

const decimalsOf = new Map<string, number>();

/** The number of decimals ISO 4217 gives a currency. */
function decimals(currency: string): number {
  const known = decimalsOf.get(currency) ?? code(currency)?.digits;
  if (known === undefined) {
    throw new Problem('unsupported_currency', `${currency} is not a currency of ISO 4217`);
  }
  decimalsOf.set(currency, known);
  return known;
}

/**
 * Reads a positive decimal text with exactly the decimals of its currency as minor units.
 * @throws Problem invalid_amount, unsupported_currency
 */
export function parseAmount(text: string, currency: string): bigint {
  const digits = decimals(currency);
  const fraction = digits === 0 ? '' : `\\.\\d{${digits}}`;
  const fits = new RegExp(`^(0|[1-9]\\d{0,14})${fraction}$`).test(text);
  const minor = fits ? BigInt(text.replace('.', '')) : 0n;
  if (minor > 0n) return minor;
  const detail = `${currency} takes a positive amount with exactly ${digits} decimals, not ${text}`;
  throw new Problem('invalid_amount', detail);
}

/** Writes minor units as decimal text in major units: 5998n EUR is "59.98". */
export function formatAmount(minor: bigint, currency: string): string {
  const digits = decimals(currency);
  const text = minor.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
