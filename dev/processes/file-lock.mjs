import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const STALE_MS = 20_000;

/**
 * Runs `work` while holding the lock file at `path`; whoever comes second waits for it.
 *
 * The lock of a process that died is taken over: at once when its pid is gone on this host, else
 * when its heartbeat has been missing for a while (pids get reused, folders get shared).
 *
 * Plain JavaScript without dependencies, because it also guards `npm ci` itself.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (owner: string) => void }} [options] `onWait` is called once, if it has to wait
 * @returns {Promise<T>}
 */
export async function withFileLock(path, work, { onWait } = {}) {
  await mkdir(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  let waited = false;
  while (!(await tryCreate(path, mine))) {
    const owner = await readOwner(path);
    if (owner && (await isStale(path, owner))) {
      await removeStale(path, owner.text);
      continue;
    }
    if (!waited && owner) onWait?.(`process ${owner.pid}`);
    waited = true;
    await delay(200);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

/**
 * Creates the lock with its content in one step: link() fails when the name exists, and nobody
 * ever sees a lock without an owner.
 *
 * @param {string} path
 * @param {string} content
 */
async function tryCreate(path, content) {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {Promise<{ pid: number, host: string, text: string } | undefined>}
 */
async function readOwner(path) {
  try {
    const text = await readFile(path, 'utf8');
    return { ...JSON.parse(text), text };
  } catch {
    return undefined; // released just now
  }
}

/**
 * @param {string} path
 * @param {{ pid: number, host: string }} owner
 */
async function isStale(path, owner) {
  if (owner.host === hostname() && !isAlive(owner.pid)) return true;
  const touched = await stat(path).then(
    (found) => found.mtimeMs,
    () => Date.now(),
  );
  return Date.now() - touched > STALE_MS;
}

/**
 * Moves the stale lock aside, which only one of several waiters can do, and puts it back if it
 * turns out to be a new owner's.
 *
 * @param {string} path
 * @param {string} expected
 */
async function removeStale(path, expected) {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path);
  } catch {
    // Someone else was quicker.
  }
  await rm(aside, { force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // someone else's
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
