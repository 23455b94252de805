import type { Payload } from '@temporalio/common';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { accessLog } from '../api/middleware/access-log.ts';
import {
  type ApiEnv,
  adminOnly,
  type Caller,
  callerOf,
  unauthorized,
} from '../api/middleware/authenticate.ts';
import { jsonOnly } from '../api/middleware/json-only.ts';
import { type TokenKeys, tokenKeys } from '../api/middleware/jwt-keys.ts';
import { Problem, problemResponse, unavailable } from '../api/problems/problem.ts';
import type { CodecConfig } from '../config/config.ts';
import { Unsealable } from '../payloads/aes-gcm.ts';
import { PayloadKeysUnavailable } from '../payloads/data-keys.ts';
import { PayloadKeyMissing } from '../payloads/master-keys.ts';
import { type EncryptionCodec, orderOfPayload } from '../payloads/payload-codec.ts';
import type { Logger } from '../platform/logger.ts';
import { loginPage } from './login-page.ts';
import { readPayloads, writePayloads } from './payloads-json.ts';

export interface CodecDeps {
  codec: EncryptionCodec;
  config: Pick<
    CodecConfig,
    | 'TEMPORAL_UI_URL'
    | 'RATE_LIMIT_ADMIN_PER_MINUTE'
    | 'JWT_SECRET'
    | 'JWKS_URL'
    | 'JWT_ISSUER'
    | 'JWT_AUDIENCE'
  >;
  log: Logger;
}

const COOKIE = 'orders-codec';
/** A page of the history of a workflow is below it: the server sends 4 MiB at most. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_PAYLOADS = 2_000;
/** Orders that an audit line names. */
const NAMED = 20;
const WINDOW_S = 60;

/**
 * Decodes payloads for admins: the protocol of Temporal's remote codec. The Web UI sends a token of its
 * own (OIDC), or the cookie that the page at / sets; the CLI sends `--codec-auth`.
 */
export function createCodecApp({ codec, config, log }: CodecDeps): Hono<ApiEnv> {
  const audit = log.child({ audit: true });
  const app = new Hono<ApiEnv>();
  const origin = new URL(config.TEMPORAL_UI_URL).origin;
  app.onError((error, context) => problemResponse(asProblem(error), context, log));
  app.notFound((context) => problemResponse(new Problem('not_found'), context, log));
  app.use(requestId({ limitLength: 64 }), accessLog(log), headers);
  app.get('/livez', (context) => context.json({ status: 'ok' }));

  const keys = tokenKeys(config, log);
  const cookie = cookieOf(config);
  app.get('/', (context) => context.html(loginPage()));
  app.post('/login', async (context) => {
    const { token } = await context.req.parseBody();
    const caller = await callerOf(typeof token === 'string' ? token : '', keys, config);
    if (!caller.isAdmin) throw new Problem('forbidden');
    setCookie(context, COOKIE, `${token}`, {
      ...cookie,
      expires: new Date(caller.expiresAt * 1000),
    });
    return context.html(loginPage('This browser may read now: go back to the Web UI, and reload.'));
  });
  app.post('/logout', (context) => {
    deleteCookie(context, COOKIE, cookie);
    return context.html(loginPage('Logged out.'));
  });

  app.use(
    '/:operation{decode|encode}',
    cors({ origin, credentials: true, maxAge: 600, exposeHeaders: ['X-Request-Id'] }),
    fromUiOnly(origin),
    whoAsks(keys, config),
    adminOnly,
    rateLimit(config.RATE_LIMIT_ADMIN_PER_MINUTE),
    jsonOnly,
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: () => {
        throw new Problem('payload_too_large');
      },
    }),
  );
  app.post('/decode', async (context) => {
    const payloads = await bodyOf(context);
    const orders = [...new Set(payloads.flatMap((payload) => orderOfPayload(payload) ?? []))];
    const decoded = await codec.decode(payloads);
    const { userId: by } = context.get('caller');
    const requestId = context.get('requestId');
    const what = {
      count: payloads.length,
      orders: orders.slice(0, NAMED),
      ofOrders: orders.length,
    };
    audit.info({ requestId, by, action: 'decode', ...what }, 'payloads decoded');
    return context.json(writePayloads(decoded));
  });
  app.post('/encode', async (context) => {
    return context.json(writePayloads(await codec.encode(await bodyOf(context))));
  });
  return app;
}

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  // The Web UI reads from another port.
  crossOriginResourcePolicy: false,
});

/** Over https also from another site; over http only from the same, as a browser allows. */
function cookieOf({ TEMPORAL_UI_URL }: CodecDeps['config']) {
  const isSecure = new URL(TEMPORAL_UI_URL).protocol === 'https:';
  return {
    ...{ path: '/', httpOnly: true, secure: isSecure },
    sameSite: isSecure ? 'None' : 'Lax',
  } as const;
}

/** A browser says which page asks; programs that are no browsers say nothing. */
function fromUiOnly(origin: string) {
  return createMiddleware(async (context, next) => {
    const from = context.req.header('Origin');
    if (from !== undefined && from !== origin) throw new Problem('forbidden');
    await next();
  });
}

function whoAsks(keys: TokenKeys, config: CodecDeps['config']) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const bearer = /^Bearer ([\w.-]+)$/i.exec(context.req.header('Authorization') ?? '')?.[1];
    const token = bearer ?? getCookie(context, COOKIE);
    if (token === undefined) throw unauthorized();
    context.set('caller', await callerOf(token, keys, config));
    await next();
  });
}

function rateLimit(points: number) {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_S });
  return createMiddleware<ApiEnv>(async (context, next) => {
    const { userId }: Caller = context.get('caller');
    try {
      await limiter.consume(userId);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const seconds = `${Math.max(1, Math.ceil(refused.msBeforeNext / 1000))}`;
      throw new Problem('rate_limited', undefined, {}, { 'Retry-After': seconds });
    }
    await next();
  });
}

/** Throws Problem validation_failed for what is no list of payloads, or too long a one. */
async function bodyOf(context: Context): Promise<Payload[]> {
  let payloads: Payload[];
  try {
    payloads = readPayloads(await context.req.json());
  } catch {
    throw new Problem(
      'validation_failed',
      'The body must be payloads, in the JSON of their protocol',
    );
  }
  if (payloads.length <= MAX_PAYLOADS) return payloads;
  throw new Problem('validation_failed', `At most ${MAX_PAYLOADS} payloads at once`);
}

function asProblem(error: unknown): unknown {
  if (error instanceof PayloadKeysUnavailable && error.isOutage) {
    return unavailable('The keys of payloads cannot be reached temporarily', error);
  }
  if (error instanceof PayloadKeyMissing) return new Problem('not_found', error.message);
  return error instanceof Unsealable
    ? new Problem('validation_failed', 'A payload was changed, or is not of this shop')
    : error;
}
