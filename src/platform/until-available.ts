import { setTimeout } from 'node:timers/promises';
import type { Logger } from './logger.ts';

interface Waiting {
  log: Logger;
  /** Whether an error says that the server cannot be reached; every other error is thrown. */
  isOutage: (error: unknown) => boolean;
  /** Ends the waiting: the last error is thrown then. */
  signal?: AbortSignal;
}

const PAUSE_MS = 1_000;
const REMIND_MS = 15_000;

/**
 * Repeats an attempt to reach a server until it succeeds, so that a program may start before the
 * servers it needs. What it waits for is logged at the first failure and from time to time, also
 * when an attempt neither succeeds nor fails.
 *
 * @param server the name for the log, such as 'MongoDB'
 */
export async function untilAvailable<T>(
  server: string,
  attempt: () => Promise<T>,
  { log, isOutage, signal }: Waiting,
): Promise<T> {
  const began = Date.now();
  let err: unknown;
  const remind = () => {
    const why = err instanceof Error ? err.message : 'it does not answer';
    log.warn({ err, waitedMs: Date.now() - began }, `waiting for ${server}: ${why}`);
  };
  const reminding = setInterval(remind, REMIND_MS);
  try {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isOutage(error) || signal?.aborted) throw error;
        const isFirst = err === undefined;
        err = error;
        if (isFirst) remind();
      }
      await setTimeout(PAUSE_MS, undefined, signal && { signal });
    }
  } finally {
    clearInterval(reminding);
  }
}
