import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../processes/file-lock.mjs';

/** Where programs that were set up once are kept, for all checkouts. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.ORDERS_CACHE_DIR) return env.ORDERS_CACHE_DIR;
  const caches = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(caches, 'orders-service');
}

interface CacheContext {
  cacheDir: string;
  report(phase: string, detail?: string): void;
}

/** Keeps what must not happen twice at once, in any launcher on this machine, apart. */
export function withCacheLock<T>(
  { cacheDir, report }: CacheContext,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = (owner: string) => report('waiting', `${owner} is setting up ${name}`);
  return withFileLock(join(cacheDir, 'locks', `${name}.lock`), work, { onWait });
}

/**
 * Fills `folder` in the cache once and returns its path. `fill` works in a temporary folder that
 * gets its name only when complete, so that one that was interrupted never looks finished.
 */
export async function installOnce(
  context: CacheContext,
  folder: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const target = join(context.cacheDir, folder);
  await withCacheLock(context, folder, async () => {
    if (existsSync(target)) return;
    await removeLeftovers(context.cacheDir, folder);
    const draft = join(context.cacheDir, `.${folder}.${randomUUID()}`);
    await mkdir(draft, { recursive: true });
    try {
      await fill(draft);
      await rename(draft, target);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
  return target;
}

/** Of an installation that was killed. Called under its lock, so none of these is in use. */
async function removeLeftovers(cacheDir: string, folder: string) {
  for (const entry of await readdir(cacheDir)) {
    if (entry.startsWith(`.${folder}.`)) {
      await rm(join(cacheDir, entry), { recursive: true, force: true });
    }
  }
}
