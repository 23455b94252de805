import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../eventually.ts';

/** A program of the service in a process of its own, so that a test can kill it. */
export interface OutsideProcess {
  /** SIGKILL: no time to finish anything. */
  kill(): Promise<void>;
  /** SIGTERM, and the exit code it leads to. */
  stop(): Promise<number | null>;
  /** The exit code, once it has ended; null when a signal ended it. */
  exited: Promise<number | null>;
  /** What it has written so far. */
  output(): string;
}

type Env = Record<string, string | undefined>;

/** Runs a program with arguments; it may end by itself. */
export function runOutside(script: string, args: readonly string[], env: Env): OutsideProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  // When it has ended, and all that it wrote is here.
  const exited = once(child, 'close').then(() => {
    process.off('exit', killWithUs);
    return child.exitCode;
  });
  return {
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
    output: () => output,
  };
}

/** Starts a program that serves until it is stopped; answers when it is ready. */
export async function startOutside(
  script: string,
  env: Env,
  readyUrl: string,
): Promise<OutsideProcess> {
  const program = runOutside(script, [], env);
  let code: number | null | undefined;
  void program.exited.then((ended) => {
    code = ended;
  });
  await eventually(async () => {
    if (code !== undefined) {
      throw new Error(`${script} ended with ${code}:\n${program.output()}`);
    }
    const response = await fetch(readyUrl);
    if (!response.ok) throw new Error(`${script} is not ready`);
  }, 30_000);
  return program;
}
