/** Crockford's letters and digits: none that is taken for another when read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Eight letters of five bits each. */
const NUMBERS = 2 ** 40;

/**
 * The readable number of an order, such as ORD-7K3M-Q9XD, made from its id (a UUID): the same
 * wherever it is computed, and it says nothing about sales. Among a million orders
 * two may share one: `attempt` counts those of an order that are taken (double hashing).
 */
export function orderNumberOf(orderId: string, attempt = 0): string {
  const digits = orderId.replaceAll('-', '');
  // Neither part contains the digits that all UUIDs of a version share.
  const first = Number.parseInt(digits.slice(0, 10), 16);
  const step = 1 + Number.parseInt(digits.slice(20, 30), 16);
  const letters = lettersOf((first + attempt * step) % NUMBERS);
  return `ORD-${letters.slice(0, 4)}-${letters.slice(4)}`;
}

function lettersOf(number: number): string {
  let letters = '';
  for (let rest = number; letters.length < 8; rest = Math.floor(rest / 32)) {
    letters = `${ALPHABET[rest % 32]}${letters}`;
  }
  return letters;
}
