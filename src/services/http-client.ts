import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse, isAxiosError } from 'axios';
import CircuitBreaker from 'opossum';
import type { z } from 'zod';
import { ServiceFailure } from './failure.ts';

interface ClientOptions {
  service: string;
  baseUrl: string;
  timeoutMs: number;
  breaker: { volumeThreshold: number; resetMs: number };
  /** How a body is read; JSON.parse unless told. */
  parse?: (text: string) => unknown;
}

interface Call<Schema extends z.ZodType> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Its parameters already encoded. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** What a 2xx body has to look like. */
  schema: Schema;
  /** Whether the call changes something, so that a lost answer leaves its outcome unknown. */
  changes: boolean;
  /** Turns a definite "no" (4xx) into the error to throw; undefined when it is none. */
  refusal?: (status: number, body: unknown) => Error | undefined;
}

export interface ServiceClient {
  /** Throws what `refusal` made of a 4xx, or ServiceFailure. */
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>>;
  close(): void;
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * A client of one downstream service: kept-alive connections, a bound on time and size, no
 * redirects, validated answers, and a circuit breaker. It never retries: Temporal does.
 */
export function createServiceClient(options: ClientOptions): ServiceClient {
  const { service, parse = JSON.parse } = options;
  const httpAgent = new HttpAgent({ keepAlive: true });
  const httpsAgent = new HttpsAgent({ keepAlive: true });
  const http = axios.create({
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    allowAbsoluteUrls: false,
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: null,
  });

  async function send(call: Call<z.ZodType>): Promise<unknown> {
    const response = await http
      .request<string>({
        method: call.method,
        url: call.path,
        headers: call.headers ?? {},
        data: call.body,
      })
      .catch((error: unknown) => {
        throw withoutAnswer(service, call.changes, error);
      });
    return read(response, call);
  }

  function read(response: AxiosResponse<string>, call: Call<z.ZodType>): unknown {
    const { status } = response;
    const kind = call.changes ? 'unknown' : 'transient';
    const body = attempt(() => parse(response.data));
    if (status >= 200 && status < 300) {
      const parsed = call.schema.safeParse(body);
      if (parsed.success) return parsed.data;
      throw new ServiceFailure(service, kind, `answered ${status} with an unexpected body`);
    }
    if (status === 429) {
      throw new ServiceFailure(service, 'transient', 'answered 429', retryAfterMs(response));
    }
    if (status >= 400 && status < 500) {
      throw (
        call.refusal?.(status, body) ??
        new ServiceFailure(service, 'transient', `answered ${status}`)
      );
    }
    throw new ServiceFailure(service, kind, `answered ${status}`, retryAfterMs(response));
  }

  const breaker = new CircuitBreaker(send, {
    timeout: false,
    volumeThreshold: options.breaker.volumeThreshold,
    errorThresholdPercentage: 50,
    resetTimeout: options.breaker.resetMs,
    errorFilter: (error: unknown) => !(error instanceof ServiceFailure),
  });

  let lastReason = 'failed too often';

  return {
    async call<Schema extends z.ZodType>(call: Call<Schema>) {
      try {
        return (await breaker.fire(call)) as z.output<Schema>;
      } catch (error) {
        if (error instanceof ServiceFailure) lastReason = error.reason;
        if (!CircuitBreaker.isOurError(error as Error)) throw error;
        const reason = `${lastReason}, and is left alone for a moment`;
        throw new ServiceFailure(service, 'transient', reason, options.breaker.resetMs);
      }
    },
    close() {
      breaker.shutdown();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** Errors from before anything was sent: whatever the call was, it had no effect. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function withoutAnswer(service: string, changes: boolean, error: unknown): ServiceFailure {
  const code = (isAxiosError(error) ? error.code : undefined) ?? 'an error';
  const kind = changes && !NOT_SENT.has(code) ? 'unknown' : 'transient';
  return new ServiceFailure(service, kind, `did not answer (${code})`);
}

/** Retry-After in seconds or as a date, at most an hour. */
function retryAfterMs(response: AxiosResponse): number | undefined {
  const header: unknown = response.headers['retry-after'];
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined;
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
