import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLogTail } from './log-tail.ts';
import { endGroup, signalGroup } from './process-group.ts';

export interface ProcessOptions {
  /** For messages, such as 'mongodb'. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Takes stdout and stderr; emptied at the start. */
  logFile: string;
}

/** How a process ended; `error` when it could not even be started. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

export interface ManagedProcess {
  readonly name: string;
  /** Also the id of its process group; undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly logFile: string;
  /** The end of its log, for error messages. */
  logTail(lines: number): string;
  /** SIGTERM to the group, SIGKILL after `graceMs`; resolves when no process of it is left. */
  stop(graceMs?: number): Promise<void>;
}

export const DEFAULT_GRACE_MS = 7_000;

/**
 * Starts a child in its own process group, so that a Ctrl-C in the terminal reaches the launcher
 * alone, which then stops its children in order.
 *
 * Its output goes straight to a file: nobody has to read it, so the child never blocks on it, and
 * it stays readable after a crash of the launcher.
 */
export function spawnProcess(options: ProcessOptions): ManagedProcess {
  const { name, command, args, env, cwd, logFile } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  closeSync(openSync(logFile, 'w'));
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);

  const { pid } = child;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error) => {
      if (pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });

  return {
    name,
    pid,
    exited,
    logFile,
    logTail: (lines) => readLogTail(logFile, lines),
    async stop(graceMs = DEFAULT_GRACE_MS) {
      if (pid === undefined) return;
      const running = child.exitCode === null && child.signalCode === null;
      if (running) {
        signalGroup(pid, 'SIGTERM');
        const cancelled = new AbortController();
        await Promise.race([
          exited,
          delay(graceMs, undefined, { signal: cancelled.signal }).catch(() => undefined),
        ]);
        cancelled.abort();
      }
      await Promise.all([endGroup(pid), exited]);
    },
  };
}
