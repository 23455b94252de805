import type { ProblemCode } from './problems.ts';

/** The API asks to repeat these; other refusals stay what they are, also those that are 429 or 503. */
const TEMPORARY: readonly ProblemCode[] = [
  'rate_limited',
  'request_in_progress',
  'service_unavailable',
];
/** Of whatever stands before the API, without a problem document. */
const OF_THE_EDGE = [429, 502, 503, 504];

const FIRST_MS = 500;
const MOST_MS = 10_000;

export function isTemporary(status: number, code: ProblemCode | undefined): boolean {
  return code === undefined ? OF_THE_EDGE.includes(status) : TEMPORARY.includes(code);
}

/**
 * How long to wait before the next attempt: not less than the API asks for, and not all at once.
 * Milliseconds.
 */
export function retryDelay(
  attempt: number,
  retryAfter: string | null = null,
  random: () => number = Math.random,
): number {
  const backoff = Math.min(FIRST_MS * 2 ** attempt, MOST_MS);
  return askedFor(retryAfter) + random() * backoff;
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function askedFor(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const ms = /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

/** Rejects with the reason of the signal when it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
