import { createMiddleware } from 'hono/factory';
import { errors, jwtVerify } from 'jose';
import type { ApiConfig } from '../config.ts';
import { Problem } from './problem.ts';

/** Who is asking, as a valid token says. */
export interface Caller {
  userId: string;
  isAdmin: boolean;
}

export type ApiEnv = { Variables: { caller: Caller; requestId: string } };

type AuthConfig = Pick<ApiConfig, 'JWT_SECRET' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>;

/** Lets pass whoever brings a valid bearer token (HS256), and notes who it is. */
export function authenticate(config: AuthConfig) {
  const secret = new TextEncoder().encode(config.JWT_SECRET);
  return createMiddleware<ApiEnv>(async (context, next) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(context.req.header('Authorization') ?? '')?.[1];
    if (token === undefined) throw unauthorized();
    context.set('caller', await verify(token, secret, config));
    await next();
  });
}

/** Lets pass admins only. */
export const adminOnly = createMiddleware<ApiEnv>(async (context, next) => {
  if (!context.get('caller').isAdmin) throw new Problem('forbidden');
  await next();
});

async function verify(token: string, secret: Uint8Array, config: AuthConfig): Promise<Caller> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      typ: 'JWT',
      requiredClaims: ['sub', 'exp'],
    });
    return { userId: payload.sub as string, isAdmin: payload.role === 'admin' };
  } catch (error) {
    if (error instanceof errors.JOSEError) throw unauthorized();
    throw error;
  }
}

function unauthorized(): Problem {
  return new Problem('unauthorized', undefined, {}, { 'WWW-Authenticate': 'Bearer' });
}
