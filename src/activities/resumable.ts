import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
} from '@temporalio/common';

const HEARTBEAT_MS = 2_000;

/** How far an attempt is. */
export interface Progress<State> {
  /** Where the attempt before this one was when it was lost; else the beginning. */
  state: State;
  /** Keeps the state for the next attempt, should this one be lost. */
  save(): void;
  /** Throws once the worker is to stop. */
  assertWanted(): void;
}

/**
 * Runs long work that begins where the last attempt was: at a crash by its last heartbeat, and when
 * the worker stops, which the work does not outlast. The state has to be JSON.
 */
export async function resumable<State, Result>(
  begin: State,
  work: (progress: Progress<State>) => Promise<Result>,
): Promise<Result> {
  const { cancelled, cancellationSignal } = Context.current();
  const state: State = activityInfo().heartbeatDetails ?? begin;
  const save = () => heartbeat(state);
  const assertWanted = () => {
    if (cancellationSignal.aborted) throw new CancelledFailure('the worker stops');
  };
  // Every heartbeat replaces what the one before has said: each of them says all.
  const heartbeats = setInterval(save, HEARTBEAT_MS);
  try {
    return await Promise.race([work({ state, save, assertWanted }), cancelled]);
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
    throw ApplicationFailure.create({
      type: 'interrupted',
      message: 'another attempt goes on from here',
      category: ApplicationFailureCategory.BENIGN,
    });
  } finally {
    clearInterval(heartbeats);
  }
}
