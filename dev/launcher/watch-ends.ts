import type { ManagedProcess } from '../processes/spawn-process.ts';
import type { Supervisor } from '../processes/supervisor.ts';

const LOG_LINES = 12;

/** A supervisor that also knows which of its processes have not ended yet. */
export interface WatchedSupervisor extends Supervisor {
  /** Rejects when the first of those that run now ends. */
  brokenFromNow(): Promise<never>;
}

export function watchEnds(supervisor: Supervisor): WatchedSupervisor {
  const running = new Set<ManagedProcess>();
  return {
    ...supervisor,
    spawn(options) {
      const spawned = supervisor.spawn(options);
      running.add(spawned);
      void spawned.exited.then(() => running.delete(spawned));
      return spawned;
    },
    brokenFromNow: () => Promise.race([...running].map(endOf)),
  };
}

async function endOf(watched: ManagedProcess): Promise<never> {
  const { code, signal } = await watched.exited;
  throw new Error(
    `${watched.name} ended by itself (${signal ?? `exit code ${code}`}), so everything is stopped. The end of its log:\n${watched.logTail(LOG_LINES)}`,
  );
}
