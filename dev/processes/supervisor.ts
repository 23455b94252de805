import { type Guard, startGuard, type Watched } from './guard.ts';
import { signalGroup } from './process-group.ts';
import { type CommandOptions, runCommand } from './run-command.ts';
import {
  DEFAULT_GRACE_MS,
  type ManagedProcess,
  type ProcessOptions,
  spawnProcess,
} from './spawn-process.ts';

interface SupervisedOptions extends ProcessOptions {
  /** The container that the command runs in the foreground; removed with it. */
  container?: string;
}

/** Everything a launcher starts goes through one of these, so that all of it ends with it. */
export interface Supervisor {
  spawn(options: SupervisedOptions): ManagedProcess;
  /** Runs a command to its end, as runCommand() does. */
  run(options: CommandOptions): Promise<string>;
  /** Stops what still runs, all at once, also commands under way. Nothing can be started after. */
  stopAll(graceMs?: number): Promise<void>;
}

/** @param env decides, by DOCKER_HOST for one, where the guard finds what it has to end */
export function createSupervisor(env: NodeJS.ProcessEnv): Supervisor {
  const guard = startGuard(env);
  const processes = new Set<ManagedProcess>();
  const commands = new Map<number, Promise<unknown>>();
  let stopped = false;

  const refuseWhenStopped = () => {
    if (stopped) throw new Error('Stopping: nothing more is started');
  };

  return {
    spawn(options) {
      refuseWhenStopped();
      const supervised = guarded(guard, env, options, spawnProcess(options));
      processes.add(supervised);
      // One that ends by itself may leave others of its group, or its container, behind.
      supervised.exited.then(() => supervised.stop()).then(() => processes.delete(supervised));
      return supervised;
    },

    async run(options) {
      refuseWhenStopped();
      let group: number | undefined;
      const onStart = (id: number) => {
        group = id;
        guard.watch({ group: id });
      };
      const running = runCommand({ ...options, onStart });
      if (group !== undefined) commands.set(group, running);
      try {
        return await running;
      } finally {
        if (group !== undefined) {
          commands.delete(group);
          guard.unwatch({ group });
        }
      }
    },

    async stopAll(graceMs) {
      stopped = true;
      const ended = [...commands].map(([group, running]) => endCommand(group, running, graceMs));
      await Promise.all([...ended, ...[...processes].map((process) => process.stop(graceMs))]);
      await guard.close();
    },
  };
}

async function endCommand(group: number, running: Promise<unknown>, graceMs = DEFAULT_GRACE_MS) {
  signalGroup(group, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(group, 'SIGKILL'), graceMs);
  await running.catch(() => undefined);
  clearTimeout(timer);
}

/** The same process, watched by the guard until it has ended, and its container removed then. */
function guarded(
  guard: Guard,
  env: NodeJS.ProcessEnv,
  { container }: SupervisedOptions,
  child: ManagedProcess,
): ManagedProcess {
  const watched: Watched[] = container ? [{ container }] : [];
  if (child.pid !== undefined) watched.push({ group: child.pid });
  for (const what of watched) guard.watch(what);

  const removeContainer = async () => {
    if (!container) return;
    const args = ['rm', '--force', '--volumes', container];
    // It is mostly gone by itself (--rm); a failure says just that.
    await runCommand({ command: 'docker', args, env, timeoutMs: 10_000 }).catch(() => undefined);
  };
  const forget = () => {
    for (const what of watched) guard.unwatch(what);
  };
  let stopping: Promise<void> | undefined;
  return {
    ...child,
    stop(graceMs) {
      stopping ??= child.stop(graceMs).then(removeContainer).then(forget);
      return stopping;
    },
  };
}
