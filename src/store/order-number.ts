import { randomInt } from 'node:crypto';

/** Crockford's letters and digits: none that is taken for another when read aloud. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A readable number such as ORD-7K3M-Q9XD, random so that it says nothing about sales. */
export function randomOrderNumber(): string {
  const group = () =>
    Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `ORD-${group()}-${group()}`;
}
