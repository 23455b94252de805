import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchedStack } from './stack.ts';

/** In the data folder while a launcher runs on it, for other programs that want to join in. */
export const STACK_FILE = 'stack.json';

export function writeStackFile(dataDir: string, stack: LaunchedStack): void {
  const text = JSON.stringify({ ...stack, pid: process.pid }, undefined, 2);
  writeFileSync(join(dataDir, STACK_FILE), `${text}\n`, { mode: 0o600 });
}

export function removeStackFile(dataDir: string): void {
  rmSync(join(dataDir, STACK_FILE), { force: true });
}

/** What runs on the data now; undefined when nothing does, whatever a killed launcher left. */
export async function findRunningStack(dataDir: string): Promise<LaunchedStack | undefined> {
  try {
    const { pid, ...stack } = JSON.parse(readFileSync(join(dataDir, STACK_FILE), 'utf8'));
    process.kill(pid, 0);
    const { ok } = await fetch(`${stack.apiUrl}/readyz`);
    return ok ? stack : undefined;
  } catch {
    return undefined;
  }
}
