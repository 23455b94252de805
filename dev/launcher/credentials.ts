import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

export interface DevelopmentAuth {
  secret: string;
  issuer: string;
  audience: string;
}

/** The secret of the environment, or one made up once and kept with the data. */
export function developmentAuth(env: NodeJS.ProcessEnv, dataDir: string): DevelopmentAuth {
  return {
    secret: env.JWT_SECRET || keptSecret(join(dataDir, 'jwt-secret')),
    issuer: env.JWT_ISSUER || 'orders-service',
    audience: env.JWT_AUDIENCE || 'orders-api',
  };
}

/** A token as the shop's identity provider would issue it; it lasts a week. */
export async function signToken(auth: DevelopmentAuth, sub: string, role: string): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuer(auth.issuer)
    .setAudience(auth.audience)
    .setIssuedAt()
    .setExpirationTime('7d')
    .sign(new TextEncoder().encode(auth.secret));
}

function keptSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const secret = randomBytes(32).toString('base64url');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, secret, { mode: 0o600 });
    return secret;
  }
}
