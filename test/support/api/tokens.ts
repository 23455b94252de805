import { SignJWT } from 'jose';

export const testAuth = {
  JWT_SECRET: 'a-secret-of-the-tests-and-of-nothing-else',
  JWT_ISSUER: 'orders-service',
  JWT_AUDIENCE: 'orders-api',
};

export interface TokenOptions {
  sub?: string;
  role?: string;
  issuer?: string;
  audience?: string;
  expiresAt?: number | string;
  secret?: string;
  header?: Record<string, string>;
}

/** A bearer token as the identity provider would sign it, or as it would never. */
export async function token(options: TokenOptions = {}): Promise<string> {
  return new SignJWT({ role: options.role ?? 'user' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...options.header })
    .setSubject(options.sub ?? 'ana')
    .setIssuer(options.issuer ?? testAuth.JWT_ISSUER)
    .setAudience(options.audience ?? testAuth.JWT_AUDIENCE)
    .setExpirationTime(options.expiresAt ?? '10m')
    .sign(new TextEncoder().encode(options.secret ?? testAuth.JWT_SECRET));
}
