import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../eventually.ts';

/** A program of the service in a process of its own, so that a test can kill it. */
export interface OutsideProcess {
  /** SIGKILL: no time to finish anything. */
  kill(): Promise<void>;
  /** SIGTERM, and the exit code it leads to. */
  stop(): Promise<number | null>;
  /** What it has written so far. */
  output(): string;
}

export async function startOutside(
  script: string,
  env: Record<string, string | undefined>,
  readyUrl: string,
): Promise<OutsideProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  await eventually(async () => {
    if (child.exitCode !== null) {
      throw new Error(`${script} ended with ${child.exitCode}:\n${output}`);
    }
    const response = await fetch(readyUrl);
    if (!response.ok) throw new Error(`${script} is not ready`);
  }, 30_000);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    output: () => output,
  };
}
