import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endGroup, signalGroup } from './process-group.ts';

const KEPT_LINES = 200;

export interface CommandOptions {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs: number;
  /** Called with each line of output, for showing progress. */
  onLine?: (line: string) => void;
  onStart?: (group: number) => void;
}

/**
 * Runs a command to its end and returns the last lines of its output, stdout and stderr together. A
 * timeout ends its whole process group, while execa's ends the command alone.
 *
 * @throws naming the command and its last line of output, when it fails or takes too long; what
 * it started is ended then
 */
export async function runCommand(options: CommandOptions): Promise<string> {
  const { command, args, env, cwd, timeoutMs, onLine, onStart } = options;
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const shown = [command, ...args.slice(0, 2)].join(' ');
  const { pid } = child;
  if (pid !== undefined) onStart?.(pid);

  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    });
  }

  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }, timeoutMs);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
    });
    if (timedOut) throw new Error(`${shown}: not done after ${timeoutMs / 1000} s`);
    if (code !== 0) throw new Error(`${shown}: ${lines.at(-1) ?? 'failed'} (exit ${code})`);
    return lines.join('\n');
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) await endGroup(pid);
  }
}
