import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from '../processes/file-lock.mjs';
import { STACK_FILE } from './stack-file.ts';

const CONTENT = ['temporal', 'mongodb', 'redis', 'rabbitmq', 'services', 'logs', 'jwt-secret'];
const FILES = ['events.jsonl', 'workflow-bundle.cjs', STACK_FILE];

/**
 * Does the work while no other launcher can use the folder.
 *
 * @throws at once when another launcher does
 */
export function withDataFolder<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const onWait = (owner: string) => {
    throw new Error(
      `npm start runs already on the data in ${dataDir} (${owner}). Stop it first (Ctrl-C there, or kill ${owner.replace(/\D/g, '')}), or set ORDERS_DATA_DIR to another folder.`,
    );
  };
  return withFileLock(join(dataDir, 'launcher.lock'), work, { onWait });
}

/** Removes what a launcher keeps in the folder, and nothing else that may be there. */
export function emptyDataFolder(dataDir: string): void {
  for (const name of [...CONTENT, ...FILES]) {
    rmSync(join(dataDir, name), { recursive: true, force: true });
  }
  mkdirSync(dataDir, { recursive: true });
}
