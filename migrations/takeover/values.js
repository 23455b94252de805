import currencyCodes from 'currency-codes';
import mongoose from 'mongoose';

const { Decimal128, ObjectId } = mongoose.mongo;

/** How far a number may lie beside an amount of money and still be that amount: 0.1 + 0.2 does. */
const TOLERANCE = 0.5e-6;

/** An order that cannot be taken over without guessing; the message says why. */
export class Unconvertible extends Error {}

/**
 * The exact amount that a plain number in major units stands for, with the decimals of its
 * currency. Throws Unconvertible when that would change the amount.
 *
 * @param {unknown} value
 * @param {string} currency ISO 4217
 * @param {string} field for the message
 */
export function exactAmount(value, currency, field) {
  const exponent = exponentOf(currency);
  const number = value instanceof Decimal128 ? Number(value.toString()) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new Unconvertible(`${field} is ${number === undefined ? 'missing' : 'not a number'}`);
  }
  const text = number.toFixed(exponent);
  if (Math.abs(number) >= 2 ** 53 / 10 ** exponent)
    throw new Unconvertible(`${field} is too large`);
  if (Math.abs(Number(text) - number) > TOLERANCE) {
    throw new Unconvertible(`${field} is ${number}, and ${currency} has ${exponent} decimals`);
  }
  return new Decimal128(Number(text) === 0 ? (0).toFixed(exponent) : text);
}

/** @param {string} currency */
function exponentOf(currency) {
  const found = currencyCodes.code(currency);
  if (found?.code !== currency) throw new Unconvertible(`currency ${currency} is unknown`);
  return found.digits;
}

/** A text as the validators want it; ids of every kind become text.
 * @param {unknown} value */
export function text(value) {
  return value === undefined || value === null ? '' : String(value);
}

/** @param {unknown} value @param {string} field */
export function requiredText(value, field) {
  if (text(value) === '') throw new Unconvertible(`${field} is missing`);
  return text(value);
}

/** @param {unknown} value @param {readonly string[]} allowed @param {string} field */
export function oneOf(value, allowed, field) {
  if (allowed.includes(text(value))) return text(value);
  throw new Unconvertible(`${field} is "${text(value)}", not one of ${allowed.join(', ')}`);
}

/** The first date among some values; ISO texts count.
 * @param {unknown[]} values */
export function firstDate(...values) {
  for (const value of values) {
    const date = typeof value === 'string' ? new Date(value) : value;
    if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
  }
  return undefined;
}

/** When a document was made, by its id. @param {unknown} id */
export function madeAt(id) {
  return id instanceof ObjectId ? id.getTimestamp() : new Date(0);
}

/** Without what is null or undefined: the validators know absent fields only.
 * @template {object} T @param {T} document @returns {T} */
export function withoutNulls(document) {
  const present = Object.entries(document).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return /** @type {T} */ (Object.fromEntries(present));
}
