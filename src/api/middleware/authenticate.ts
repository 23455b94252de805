import { createMiddleware } from 'hono/factory';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { ApiConfig } from '../../config/config.ts';
import type { ProblemCode } from '../../domain/problems.ts';
import type { Logger } from '../../platform/logger.ts';
import { Problem } from '../problems/problem.ts';
import { type TokenKeys, tokenKeys } from './jwt-keys.ts';

/** Who is asking, as a valid token says. */
export interface Caller {
  userId: string;
  isAdmin: boolean;
  /** When the token ends, in seconds since 1970. */
  expiresAt: number;
}

export type ApiEnv = {
  Variables: {
    caller: Caller;
    requestId: string;
    /** Before the path of a link. */
    publicUrl: string;
    /** What the answer is, where it is a problem. */
    problem?: ProblemCode;
  };
};

export type AuthConfig = Pick<ApiConfig, 'JWT_SECRET' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>;

const CLOCK_TOLERANCE_S = 5;
/** RFC 7519 and RFC 9068; identity providers send either for access tokens. */
const TYPES = /^(application\/)?(at\+)?jwt$/i;
/** Such a subject becomes part of keys and paths: no control characters, no half characters. */
const USER_ID = /^[^\p{Cc}\p{Surrogate}]{1,128}$/u;
const RELATIVE = ['.', '..'];

/** Lets pass whoever brings a valid bearer token, and notes who it is; or who is known by a ticket. */
export function authenticate(
  config: AuthConfig,
  log: Logger,
  keys: TokenKeys = tokenKeys(config, log),
) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    if (context.get('caller') !== undefined) return next();
    const token = /^Bearer ([\w.-]+)$/i.exec(context.req.header('Authorization') ?? '')?.[1];
    if (token === undefined) throw unauthorized();
    context.set('caller', await callerOf(token, keys, config));
    await next();
  });
}

/** Lets pass admins only. */
export const adminOnly = createMiddleware<ApiEnv>(async (context, next) => {
  if (!context.get('caller').isAdmin) throw new Problem('forbidden');
  await next();
});

/** Who brings a token. Throws Problem unauthorized. */
export async function callerOf(
  token: string,
  keys: TokenKeys,
  config: AuthConfig,
): Promise<Caller> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys.keyOf, {
      algorithms: keys.algorithms,
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['sub', 'exp'],
    });
    const { sub, exp } = payload;
    const { typ } = protectedHeader;
    if (typeof typ !== 'string' || !TYPES.test(typ)) throw invalidToken();
    if (typeof sub !== 'string' || !USER_ID.test(sub) || RELATIVE.includes(sub))
      throw invalidToken();
    return { userId: sub, isAdmin: hasRoleAdmin(payload), expiresAt: exp as number };
  } catch (error) {
    // A key of the provider that cannot be used: too short, or no key at all.
    const isUseless = error instanceof TypeError || error instanceof DOMException;
    if (error instanceof errors.JOSEError || isUseless) throw invalidToken();
    throw error;
  }
}

/** The role as a text in `role`, or one among others in `roles`. */
function hasRoleAdmin({ role, roles }: JWTPayload): boolean {
  return role === 'admin' || (Array.isArray(roles) && roles.includes('admin'));
}

export function unauthorized(challenge = 'Bearer'): Problem {
  return new Problem('unauthorized', undefined, {}, { 'WWW-Authenticate': challenge });
}

/** There was a token (RFC 6750, 3.1). */
function invalidToken(): Problem {
  return unauthorized('Bearer error="invalid_token"');
}
