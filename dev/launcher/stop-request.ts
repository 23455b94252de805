import { constants } from 'node:os';

const PARENT_CHECK_MS = 500;

/** Why everything has to stop, and the exit code if that comes before everything is up. */
export interface StopRequest {
  why: string;
  exitCode: number;
}

/**
 * Aborts, with a StopRequest as the reason, at the first signal that asks this process to end;
 * further ones change nothing, since the way out is under way.
 */
export function watchStopRequests(): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string, signal: keyof typeof constants.signals) => {
    const request: StopRequest = { why, exitCode: 128 + constants.signals[signal] };
    controller.abort(request);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop(signal, signal));
  }
  // npm hands a signal to its shell, and some shells end with it without handing it on.
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    const check = () => process.ppid !== parent && stop('npm has ended', 'SIGTERM');
    setInterval(check, PARENT_CHECK_MS).unref();
  }
  // The terminal is gone, or the program that the output was piped to.
  process.stdout.on('error', () => stop('nobody reads the output', 'SIGPIPE'));
  process.stderr.on('error', () => stop('nobody reads the output', 'SIGPIPE'));
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
