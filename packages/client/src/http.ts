import { OrdersProblem, OutcomeUnknown, type ProblemDocument } from './problems.ts';
import { isTemporary, pause, retryDelay } from './retry.ts';

export interface ClientOptions {
  /** Where the API is, such as https://orders.example.com. */
  baseUrl: string;
  /** A bearer token, or how to get one; asked before each attempt. */
  token: string | (() => string | Promise<string>);
  /** How often a request is repeated that may be; 5 when absent. */
  retries?: number;
  /** Longer than this is not waited for, whatever the API asks for; 60 s when absent. */
  longestWaitMs?: number;
  /** How long an answer may take, or the beginning of a stream; 45 s when absent. */
  timeoutMs?: number;
  /** Another fetch than that of the platform. */
  fetch?: typeof fetch;
}

interface HttpRequest {
  method?: 'GET' | 'POST';
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Answers what the API accepts. Throws OrdersProblem and OutcomeUnknown. */
export type Send = (request: HttpRequest) => Promise<Response>;

/** Each request of this API may be repeated as it is: it is a read, has a key, or is idempotent. */
export function createSend(options: ClientOptions): Send {
  const { retries = 5, longestWaitMs = 60_000 } = options;

  return async (request) => {
    const idempotencyKey = request.headers?.['Idempotency-Key'];
    for (let attempt = 0; ; attempt += 1) {
      const { response, error } = await attemptOnce(options, request);
      if (response?.ok) return response;
      request.signal?.throwIfAborted();
      const problem = response && (await problemIn(response));
      const mayRepeat = response === undefined || isTemporary(response.status, problem?.code);
      const delay = retryDelay(attempt, response?.headers.get('Retry-After'));
      if (mayRepeat && attempt < retries && delay <= longestWaitMs) {
        await pause(delay, request.signal);
      } else if (problem !== undefined) {
        throw new OrdersProblem(problem, idempotencyKey);
      } else {
        throw new OutcomeUnknown(error ?? new Error(`status ${response?.status}`), idempotencyKey);
      }
    }
  };
}

interface Attempt {
  response?: Response;
  error?: unknown;
}

async function attemptOnce(options: ClientOptions, request: HttpRequest): Promise<Attempt> {
  const token = typeof options.token === 'string' ? options.token : await options.token();
  const { method = 'GET', body, signal } = request;
  const headers = {
    ...request.headers,
    Authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), options.timeoutMs ?? 45_000);
  const signals = signal === undefined ? [] : [signal];
  const { fetch = globalThis.fetch } = options;
  try {
    const response = await fetch(urlOf(options.baseUrl, request), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([patience.signal, ...signals]),
    });
    return { response: await whole(response) };
  } catch (error) {
    signal?.throwIfAborted();
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

/** What an answer of this API holds, as whoever asked for it knows. */
export async function bodyOf<Body>(response: Response): Promise<Body> {
  return (await response.json()) as Body;
}

/** An answer that is cut off is no answer; a stream is read as it comes. */
async function whole(response: Response): Promise<Response> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.startsWith('text/event-stream')) return response;
  return new Response((await response.text()) || null, response);
}

function urlOf(baseUrl: string, { path, query = {} }: HttpRequest): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, `${value}`);
  }
  return `${baseUrl.replace(/\/+$/, '')}${path}${search.size > 0 ? `?${search}` : ''}`;
}

async function problemIn(response: Response): Promise<ProblemDocument | undefined> {
  const type = response.headers.get('Content-Type') ?? '';
  if (!type.startsWith('application/problem+json')) return undefined;
  return (response.json() as Promise<ProblemDocument>).catch(() => undefined);
}
