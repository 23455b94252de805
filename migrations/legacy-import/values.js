import currencyCodes from 'currency-codes';
import mongoose from 'mongoose';

const { Decimal128 } = mongoose.mongo;

/** How far a number may lie beside an amount of money and still be that amount: 0.1 + 0.2 does. */
const TOLERANCE = 0.5e-6;

/** Metals, units of account, tests: ISO 4217 gives them no minor unit, and no order is in one. */
const WITHOUT_MINOR_UNIT = /^X(A[GU]|B[A-D]|DR|P[DT]|SU|TS|UA|XX)$/;

// The library searches its list at each call, and an order is a dozen calls.
const exponents = new Map(
  currencyCodes.data
    .filter(({ code }) => !WITHOUT_MINOR_UNIT.test(code))
    .map(({ code, digits }) => [code, digits]),
);

/** An order that cannot be imported without guessing; the message says why. */
export class Unconvertible extends Error {}

/**
 * The amount in minor units that a plain number in major units stands for. Throws Unconvertible
 * when that would change the amount, and for one below zero: no price, total or payment is.
 *
 * @param {unknown} value
 * @param {string} currency ISO 4217
 * @param {string} field for the message
 */
export function exactMinor(value, currency, field) {
  const exponent = exponentOf(currency);
  const number = bsonType(value) === 'Decimal128' ? Number(String(value)) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new Unconvertible(`${field} is ${number === undefined ? 'missing' : 'not a number'}`);
  }
  if (Math.abs(number) >= 2 ** 53 / 10 ** exponent)
    throw new Unconvertible(`${field} is too large`);
  const text = number.toFixed(exponent);
  if (Math.abs(Number(text) - number) > TOLERANCE) {
    throw new Unconvertible(`${field} is ${number}, and ${currency} has ${exponent} decimals`);
  }
  const minor = Number(text.replace('.', ''));
  if (minor < 0) throw new Unconvertible(`${field} is negative: ${text}`);
  return minor;
}

/** Prices repeat, and to parse one costs as much as all the rest of its line.
 * @type {Map<string, import('mongoose').mongo.Decimal128>} */
const parsed = new Map();
const PARSED_AT_MOST = 20_000;

/** An amount as it is stored, with all decimals of its currency.
 * @param {number} minor @param {string} currency */
export function decimal(minor, currency) {
  const exponent = exponentOf(currency);
  const digits = String(minor).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const text = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const amount = new Decimal128(text);
  if (parsed.size < PARSED_AT_MOST) parsed.set(text, amount);
  return amount;
}

/** @param {string} currency */
function exponentOf(currency) {
  const exponent = exponents.get(currency);
  if (exponent === undefined) throw new Unconvertible(`currency ${currency} is unknown`);
  return exponent;
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
  if (bsonType(id) !== 'ObjectId') return new Date(0);
  return /** @type {import('mongoose').mongo.ObjectId} */ (id).getTimestamp();
}

/** @param {unknown} value @returns {unknown} */
export function bsonType(value) {
  return typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype;
}

/** Without what is null or undefined: the validators know absent fields only.
 * @template {object} T @param {T} document @returns {T} */
export function withoutNulls(document) {
  /** @type {Partial<T>} */
  const present = {};
  for (const field of /** @type {(keyof T)[]} */ (Object.keys(document))) {
    if (document[field] !== null && document[field] !== undefined) present[field] = document[field];
  }
  return /** @type {T} */ (present);
}
