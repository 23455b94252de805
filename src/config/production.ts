import type { z } from 'zod';

/** What may be missing or weak while developing, and must not be with NODE_ENV=production. */
export interface Exposed {
  NODE_ENV: 'development' | 'test' | 'production';
  TEMPORAL_UI_URL?: string | undefined;
  JWT_SECRET?: string | undefined;
  JWKS_URL?: string | undefined;
  MONGODB_URI?: string | undefined;
  REDIS_URL?: string | undefined;
  RABBITMQ_URL?: string | undefined;
  TEMPORAL_PAYLOAD_KEYS?: ReadonlyMap<string, Uint8Array> | undefined;
  TEMPORAL_PAYLOAD_ENCRYPTION: 'on' | 'off';
}

/** By `npm run secrets`, as the messages say. */
const HOW = 'npm run secrets makes one';

/** Words of examples and defaults, as they stand in this repository and in others. */
const TOLD = /secret|password|passwort|change.?me|develop|example|default|test/i;
/** Below what 24 random characters of base64 have, and far above any sentence repeated. */
const MIN_BITS = 90;

const SERVERS = ['MONGODB_URI', 'REDIS_URL', 'RABBITMQ_URL'] as const;

/** Refuses what a demo may do and a shop must not; `needed` are what this program cannot do without. */
export function checkProduction(needed: readonly (keyof Exposed)[]) {
  return (config: Exposed, context: z.RefinementCtx): void => {
    if (config.NODE_ENV !== 'production') return;
    const refuse = (name: keyof Exposed, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    for (const name of needed) {
      if (config[name] === undefined) refuse(name, 'is required in production');
    }
    const { TEMPORAL_PAYLOAD_KEYS, TEMPORAL_PAYLOAD_ENCRYPTION } = config;
    if (TEMPORAL_PAYLOAD_KEYS === undefined && TEMPORAL_PAYLOAD_ENCRYPTION === 'on') {
      refuse(
        'TEMPORAL_PAYLOAD_KEYS',
        `is required in production: ${HOW}. TEMPORAL_PAYLOAD_ENCRYPTION=off leaves addresses and payment tokens readable in Temporal`,
      );
    }
    const { JWT_SECRET, JWKS_URL } = config;
    const weakness = JWT_SECRET === undefined ? undefined : weaknessOf(JWT_SECRET);
    if (weakness !== undefined) refuse('JWT_SECRET', `${weakness}: ${HOW}`);
    for (const name of SERVERS) {
      const url = config[name];
      if (url !== undefined && TOLD.test(passwordIn(url))) {
        refuse(name, `has a password that examples use: ${HOW}`);
      }
    }
    if (JWKS_URL !== undefined && new URL(JWKS_URL).protocol !== 'https:') {
      refuse(
        'JWKS_URL',
        'must begin with https:// in production: whoever is on the way could give keys',
      );
    }
  };
}

/** Without a URL's own parser: a MongoDB URI may name several hosts. */
function passwordIn(url: string): string {
  return /^[a-z+]+:\/\/[^/@]*?:([^/@]*)@/i.exec(url)?.[1] ?? '';
}

/** Why a secret could be known or guessed; undefined when it looks random. */
function weaknessOf(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < 32) return 'must have at least 32 bytes';
  if (TOLD.test(secret)) return 'is a word or a value that examples use';
  if (/^(.{1,16})\1+.{0,15}$/s.test(secret)) return 'repeats itself';
  return bitsIn(secret) < MIN_BITS ? 'can be guessed: too few different characters' : undefined;
}

/** Shannon's entropy of its characters: an upper bound of what whoever guesses has to find out. */
function bitsIn(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -text.length * shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
