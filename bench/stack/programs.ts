import { join } from 'node:path';
import { freePort } from '../../dev/processes/ports.ts';
import { waitFor } from '../../dev/processes/wait-for.ts';
import type { CpuAccounting } from '../cpu/accounting.ts';

export interface BenchContext {
  dataDir: string;
  processes: CpuAccounting;
  env: NodeJS.ProcessEnv;
}

export interface BenchProgram {
  name: string;
  /** Node's options and the script. */
  command: string[];
  settings: Record<string, string | undefined>;
  /** Where it answers 2xx as soon as it is ready. */
  readyUrl: string;
}

const START_MS = 60_000;

/** Starts a program and resolves when it is ready. */
export async function startProgram(context: BenchContext, program: BenchProgram): Promise<void> {
  const { dataDir, processes, env } = context;
  const { name, command, settings, readyUrl } = program;
  const spawned = processes.spawn({
    name,
    command: process.execPath,
    args: command,
    env: { ...env, ...settings },
    logFile: join(dataDir, 'logs', `${name}.log`),
  });
  await waitFor(async () => (await fetch(readyUrl)).ok, {
    timeoutMs: START_MS,
    what: `${name} to be ready`,
    process: spawned,
  });
}

/** The address of a port that nobody else will choose. */
export async function freeAddress(): Promise<{ port: string; url: string }> {
  const { port } = await freePort();
  return { port: `${port}`, url: `http://127.0.0.1:${port}` };
}
