import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A readable number made from the order's id, so that a repeated run gives the same one.
 * @param {string} uuid @param {number} attempt */
export function orderNumber(uuid, attempt) {
  const bytes = createHash('sha256').update(`${uuid}:${attempt}`).digest();
  const letters = [...bytes.subarray(0, 8)].map((byte) => ALPHABET[byte % 32]).join('');
  return `ORD-${letters.slice(0, 4)}-${letters.slice(4)}`;
}
