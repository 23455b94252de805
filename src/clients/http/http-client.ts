import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SpanKind } from '@opentelemetry/api';
import axios, { type AxiosResponse, isAxiosError } from 'axios';
import { Histogram } from 'prom-client';
import { z } from 'zod';
import { fail, inSpan } from '../../platform/tracing/span.ts';
import { callHeaders } from '../../platform/tracing/work.ts';
import { BreakerOpen, type BreakerOptions, createBreaker } from './breaker.ts';
import { retryAfterMs } from './retry-after.ts';
import { LeftAlone, ServiceFailure } from './service-failure.ts';

interface ClientOptions {
  service: string;
  baseUrl: string;
  breaker: BreakerOptions;
  /** How a body is read; JSON.parse unless told. */
  parse?: (text: string) => unknown;
}

interface Call<Schema extends z.ZodType> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Its parameters already encoded. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** For the whole call, from connecting to the last byte. */
  timeoutMs: number;
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
  /** The same, but a 404 with the problem code `absent` means that there is none: undefined. */
  find<Schema extends z.ZodType>(
    call: Omit<Call<Schema>, 'refusal'> & { absent: string },
  ): Promise<z.output<Schema> | undefined>;
  close(): void;
}

const MAX_BODY_BYTES = 1024 * 1024;

const seconds = new Histogram({
  name: 'orders_downstream_request_seconds',
  help: 'Calls of downstream services by how they ended: ok, refusal, transient or unknown',
  labelNames: ['service', 'outcome'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** What a service answered in its own words. The breaker takes either for health. */
type Answer = { yes: unknown } | { no: Error };

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
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    allowAbsoluteUrls: false,
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: null,
    headers: { Accept: 'application/json', 'User-Agent': 'orders-service' },
  });

  async function exchange(call: Call<z.ZodType>): Promise<Answer> {
    const response = await inSpan(`${call.method} ${service}`, spanOf(call), async (span) => {
      const answer = await send(call);
      span.setAttribute('http.response.status_code', answer.status);
      if (answer.status >= 400) fail(span, `${answer.status}`);
      return answer;
    });
    return read(response, call);
  }

  async function send(call: Call<z.ZodType>): Promise<AxiosResponse<string>> {
    try {
      return await http.request<string>({
        method: call.method,
        url: call.path,
        headers: { ...callHeaders(), ...call.headers },
        data: call.body,
        // The timeout of axios starts again with each byte.
        signal: AbortSignal.timeout(call.timeoutMs),
      });
    } catch (error) {
      throw withoutAnswer(service, call.changes, error);
    }
  }

  /** Without the path, which has ids of orders and users in it. */
  function spanOf({ method }: Call<z.ZodType>) {
    const attributes = { 'http.request.method': method, 'peer.service': service };
    return { kind: SpanKind.CLIENT, attributes };
  }

  function read(response: AxiosResponse<string>, call: Call<z.ZodType>): Answer {
    const { status } = response;
    const kind = call.changes ? 'unknown' : 'transient';
    const body = attempt(() => parse(response.data));
    if (status >= 200 && status < 300) {
      const parsed = call.schema.safeParse(body);
      if (parsed.success) return { yes: parsed.data };
      throw new ServiceFailure(service, kind, `answered ${status} with an unexpected body`);
    }
    if (status === 429) {
      throw new ServiceFailure(service, 'transient', 'answered 429', retryAfterMs(response));
    }
    if (status >= 400 && status < 500) {
      const no = call.refusal?.(status, body);
      return { no: no ?? new ServiceFailure(service, kind, `answered ${status}`) };
    }
    throw new ServiceFailure(service, kind, `answered ${status}`, retryAfterMs(response));
  }

  async function measured(call: Call<z.ZodType>): Promise<Answer> {
    const end = seconds.startTimer({ service });
    try {
      const answer = await exchange(call);
      end({ outcome: 'yes' in answer ? 'ok' : outcomeOf(answer.no) });
      return answer;
    } catch (error) {
      end({ outcome: outcomeOf(error) });
      throw error;
    }
  }

  const breaker = createBreaker(measured, options.breaker);
  let lastReason = 'failed too often';

  async function call<Schema extends z.ZodType>(call: Call<Schema>) {
    try {
      const answer = await breaker.fire(call);
      if ('no' in answer) throw answer.no;
      return answer.yes as z.output<Schema>;
    } catch (error) {
      if (error instanceof ServiceFailure) lastReason = error.reason;
      if (!(error instanceof BreakerOpen)) throw error;
      throw new LeftAlone(service, lastReason, options.breaker.resetMs);
    }
  }

  return {
    call,
    async find({ absent, ...wanted }) {
      const refusal = (status: number, body: unknown) =>
        status === 404 && problemCode(body) === absent ? new Absent() : undefined;
      try {
        return await call({ ...wanted, refusal });
      } catch (error) {
        if (error instanceof Absent) return undefined;
        throw error;
      }
    },
    close() {
      breaker.close();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

class Absent extends Error {}

/** The code of a problem document: a status alone may come from anything on the way. */
function problemCode(body: unknown): string | undefined {
  return z.object({ code: z.string() }).safeParse(body).data?.code;
}

function outcomeOf(error: unknown): string {
  return error instanceof ServiceFailure ? error.kind : 'refusal';
}

/** Errors from before anything was sent: whatever the call was, it had no effect. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function withoutAnswer(service: string, changes: boolean, error: unknown): ServiceFailure {
  const code = (isAxiosError(error) ? error.code : undefined) ?? 'an error';
  const kind = changes && !NOT_SENT.has(code) ? 'unknown' : 'transient';
  const why = code === 'ERR_CANCELED' ? 'in time' : `(${code})`;
  return new ServiceFailure(service, kind, `did not answer ${why}`);
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
