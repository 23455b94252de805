import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps a second launcher out of the same data folder; the lock of one that died is taken over.
 * Answers how to release it.
 *
 * @throws when another launcher runs on the folder
 */
export async function holdFolder(dataDir: string): Promise<() => void> {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'launcher.pid');
  const owner = readOwner(path);
  if (owner !== undefined && isAlive(owner)) {
    throw new Error(
      `npm start runs already in this folder (process ${owner}). Stop it first (kill ${owner}), or set ORDERS_DATA_DIR to another folder.`,
    );
  }
  rmSync(path, { force: true });
  const file = openSync(path, 'wx');
  writeSync(file, `${process.pid}`);
  closeSync(file);
  return () => rmSync(path, { force: true });
}

function readOwner(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}
