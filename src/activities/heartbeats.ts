import { activityInfo, Context, heartbeat } from '@temporalio/activity';

const latest = new WeakMap<Context, unknown>();

/** Notes how far this activity is: its next attempt finds it in `progressSoFar`. */
export function reportProgress(details: unknown): void {
  latest.set(Context.current(), details);
  heartbeat(details);
}

/** How far the attempts before this one came; undefined when there is nothing to go on from. */
export function progressSoFar<T>(): T | undefined {
  return (activityInfo().heartbeatDetails as T | null | undefined) ?? undefined;
}

/** A heartbeat without details would make the server forget the last ones. */
export function repeatHeartbeat(): void {
  heartbeat(latest.get(Context.current()) ?? progressSoFar());
}
