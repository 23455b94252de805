import { z } from 'zod';

/** An id and a key in each, the first encrypts: `2026:<64 hex digits>,2025:<64 hex digits>`. */
const KEY = /^([\w-]{1,32}):([\da-f]{64})$/i;

const payloadKeys = z.string().transform((text, context): ReadonlyMap<string, Uint8Array> => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const keys = new Map<string, Uint8Array>();
  for (const entry of text.split(',')) {
    const [, id, hex] = KEY.exec(entry.trim()) ?? [];
    // Never the entry itself: it may be a key.
    if (id === undefined || hex === undefined) {
      return refuse('must be id:key with commas between them, each key of 64 hex digits');
    }
    if (keys.has(id)) return refuse(`names the key "${id}" twice`);
    if (/^(.{1,32})\1+$/.test(hex)) return refuse(`has a key that can be guessed: "${id}"`);
    keys.set(id, Buffer.from(hex, 'hex'));
  }
  return keys;
});

/** How what Temporal stores is encrypted. All programs of a shop have the same. */
export const payloadVariables = {
  TEMPORAL_PAYLOAD_KEYS: payloadKeys
    .optional()
    .describe('master keys, id:key with commas between them; the first encrypts, all decrypt'),
  TEMPORAL_PAYLOAD_ENCRYPTION: z
    .enum(['on', 'off'])
    .default('on')
    .describe('with off, keys only decrypt; production without keys has to say so'),
};
