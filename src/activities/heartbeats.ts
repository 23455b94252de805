import { AsyncLocalStorage } from 'node:async_hooks';
import { activityInfo, heartbeat } from '@temporalio/activity';

const HEARTBEAT_MS = 1_000;

const running = new AsyncLocalStorage<{ progress: unknown }>();

/**
 * Runs an activity and says every second that it is alive, so that the server knows within seconds
 * that a worker died. Each heartbeat repeats the progress: one without would erase it.
 */
export async function withHeartbeats<T>(run: () => Promise<T>): Promise<T> {
  const state = { progress: activityInfo().heartbeatDetails };
  const timer = setInterval(() => heartbeat(state.progress), HEARTBEAT_MS);
  try {
    return await running.run(state, run);
  } finally {
    clearInterval(timer);
  }
}

/** What earlier attempts, or this one, have reported; undefined when nothing. */
export function progressSoFar<T>(): T | undefined {
  return (running.getStore()?.progress as T | null | undefined) ?? undefined;
}

/** Keeps this for the next attempt, should this one not come to its end. */
export function reportProgress(progress: unknown): void {
  const state = running.getStore();
  if (state !== undefined) state.progress = progress;
  heartbeat(progress);
}
