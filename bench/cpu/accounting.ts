import type { ManagedProcess } from '../../dev/processes/spawn-process.ts';
import type { Supervisor } from '../../dev/processes/supervisor.ts';
import { type CpuTimes, readCpuTimes } from './time.ts';

/** A supervisor that knows its processes by their names, and what CPU each used. */
export interface CpuAccounting extends Supervisor {
  /** The one that was started last under this name. @throws when none was */
  named(name: string): ManagedProcess;
  cpuTimes(): CpuTimes;
  /** Milliseconds; undefined for a process in a container, or one that was not started here. */
  cpuMs(name: string, from: CpuTimes, to: CpuTimes): number | undefined;
}

export function accountCpu(supervisor: Supervisor): CpuAccounting {
  const processes = new Map<string, ManagedProcess>();
  const containers = new Set<string>();
  return {
    ...supervisor,
    spawn(options) {
      const spawned = supervisor.spawn(options);
      processes.set(options.name, spawned);
      if (options.container !== undefined) containers.add(options.name);
      return spawned;
    },
    named(name) {
      const found = processes.get(name);
      if (found === undefined) throw new Error(`no process was started as ${name}`);
      return found;
    },
    cpuTimes: readCpuTimes,
    cpuMs(name, from, to) {
      const pid = processes.get(name)?.pid;
      if (pid === undefined || containers.has(name)) return undefined;
      return (to.get(pid) ?? 0) - (from.get(pid) ?? 0);
    },
  };
}
