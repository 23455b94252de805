import type { Address } from './order.ts';
import { Refusal } from './refusal.ts';
import { isText } from './text.ts';

/** The texts of an address, and how long each may be. */
export const addressTexts = { street: 200, city: 100, state: 100, postalCode: 20 } as const;

/** In the history of an order. */
export const ADDRESS_CHANGED = 'shipping address changed';

const fields = [
  ...(Object.keys(addressTexts) as (keyof typeof addressTexts)[]),
  'country',
] as const;

/** Reads what is to be the address of an order that goes to `country`. Throws Refusal. */
export function readAddress(input: unknown, country: string): Address {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid(`must be an object of ${fields.join(', ')}`);
  }
  const given = input as Record<string, unknown>;
  if (Object.keys(given).some((name) => !fields.some((field) => field === name))) {
    throw invalid(`has only ${fields.join(', ')}`);
  }
  const texts = Object.entries(addressTexts).map(([name, max]) => {
    const text = given[name];
    const trimmed = typeof text === 'string' ? text.trim() : '';
    if (isText(trimmed, max)) return [name, trimmed];
    throw invalid(`needs a ${name}: a text of at most ${max} characters, without card numbers`);
  });
  if (given.country !== country) {
    throw new Refusal(
      'country_is_fixed',
      `The order goes to ${country}, which its price is made for`,
    );
  }
  return { ...Object.fromEntries(texts), country } as Address;
}

export function isSameAddress(one: Address, other: Address): boolean {
  return fields.every((field) => one[field] === other[field]);
}

function invalid(detail: string): Refusal {
  return new Refusal('validation_failed', `shippingAddress ${detail}`);
}
