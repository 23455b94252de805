import type { AxiosResponse } from 'axios';

const LONGEST_MS = 3_600_000;

/** Retry-After in seconds or as a date, in milliseconds from now; at most an hour. */
export function retryAfterMs({ headers }: AxiosResponse): number | undefined {
  const text: unknown = headers['retry-after'];
  if (typeof text !== 'string') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}
