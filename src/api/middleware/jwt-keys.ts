import { webcrypto } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { Counter } from 'prom-client';
import type { ApiConfig } from '../../config/config.ts';
import type { Logger } from '../../platform/logger.ts';
import { unavailable } from '../problems/problem.ts';

/** What tokens are checked with, and the algorithms that go with it: never those of the other way. */
export interface TokenKeys {
  algorithms: string[];
  keyOf: JWTVerifyGetKey;
}

const { subtle } = webcrypto;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const FETCH_TIMEOUT_MS = 3_000;
/** A key that is not known may be new: the keys are fetched again, at most this often. */
const COOLDOWN_MS = 30_000;
const FAILURE_COOLDOWN_MS = 2_000;
const REFRESH_MS = 600_000;

const failures = new Counter({
  name: 'orders_jwks_failures_total',
  help: 'Requests for the keys that tokens are signed with, to which the identity provider gave none',
});

export function tokenKeys(
  config: Pick<ApiConfig, 'JWT_SECRET' | 'JWKS_URL'>,
  log: Logger,
): TokenKeys {
  if (config.JWKS_URL !== undefined) return remoteKeys(new URL(config.JWKS_URL), log);
  if (config.JWT_SECRET === undefined) throw new Error('JWT_SECRET or JWKS_URL is missing');
  const secret = new TextEncoder().encode(config.JWT_SECRET);
  // Imported once: jose would do it for each token.
  const key = subtle.importKey('raw', secret, HMAC, false, ['verify']);
  return { algorithms: ['HS256'], keyOf: () => key };
}

/**
 * The keys an identity provider serves. They are fetched again every ten minutes, beside the
 * requests and not in their way: while the provider does not answer, known keys go on working, and
 * a key that is not known is a 503, since nobody can say whether it is good.
 */
export function remoteKeys(
  url: URL,
  log: Logger,
  cooldownMs = COOLDOWN_MS,
  refreshMs = REFRESH_MS,
): TokenKeys {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: sparingFetch(log),
  });
  let refreshAt = Date.now() + refreshMs;

  function refresh(): void {
    if (Date.now() < refreshAt) return;
    refreshAt = Date.now() + refreshMs;
    keys.reload().catch(() => {
      refreshAt = Date.now() + cooldownMs;
    });
  }

  return {
    algorithms: ['RS256', 'ES256'],
    async keyOf(header, token) {
      refresh();
      try {
        return await keys(header, token);
      } catch (error) {
        if (isAboutToken(error)) throw error;
        throw unavailable('The keys that tokens are signed with cannot be fetched temporarily');
      }
    },
  };
}

/** After a failure the provider is left alone temporarily, however many ask. */
function sparingFetch(log: Logger): typeof fetch {
  let failure: { until: number; error: unknown } | undefined;
  return async (input, init) => {
    if (failure !== undefined && Date.now() < failure.until) throw failure.error;
    try {
      const response = await fetch(input, init);
      if (!response.ok) throw new Error(`${response.status} instead of keys`);
      failure = undefined;
      return response;
    } catch (cause) {
      // Never a TypeError, as fetch throws it: that is how a key is told that cannot be used.
      const error = new Error('the identity provider gives no keys', { cause });
      failure = { until: Date.now() + FAILURE_COOLDOWN_MS, error };
      failures.inc();
      log.warn({ err: error }, 'the keys that tokens are signed with cannot be fetched');
      throw error;
    }
  };
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKInvalid ||
    error instanceof TypeError ||
    error instanceof DOMException
  );
}
