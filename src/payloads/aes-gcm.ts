import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Of AES-256, in bytes. */
export const KEY_BYTES = 32;

/** Encrypts with a nonce of its own: nonce, tag and ciphertext in one. `about` is authenticated with it. */
export function seal(key: Uint8Array, plain: Uint8Array, about: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** Not what was sealed, or sealed with another key. */
export class Unsealable extends Error {
  override readonly name = 'Unsealable';
}

/** What was sealed with the same key about the same. Throws Unsealable when anything of it was changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array, about: string): Buffer {
  const [ivEnd, tagEnd] = [IV_BYTES, IV_BYTES + TAG_BYTES];
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, ivEnd), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(ivEnd, tagEnd));
    return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]);
  } catch {
    throw new Unsealable('the ciphertext was changed, or is of another key');
  }
}
