import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostObstacle } from '../host-obstacle.ts';
import { installOnce } from '../install/cache-folder.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, Installer } from '../server-spec.ts';
import { checkMongod, completeMongod } from './libraries.ts';
import { DOWNLOAD_FOLDER, MONGODB_VERSION } from './query.ts';

const DOWNLOAD_MS = 5 * 60_000;
const script = fileURLToPath(new URL('download-script.mjs', import.meta.url));

/** Downloads mongod as mongodb-memory-server does: the build for this system, checksum compared. */
export const mongodbDownload: Installer = {
  kind: 'download',
  name: 'fastdl.mongodb.org',
  obstacle: ({ env }) => hostObstacle('fastdl.mongodb.org', env),
  install: downloadMongodb,
};

async function downloadMongodb(context: ServerContext): Promise<Executable> {
  const { env, processes, report } = context;
  const folder = await installOnce(context, DOWNLOAD_FOLDER, async (directory) => {
    report('downloading', `MongoDB ${MONGODB_VERSION}`);
    const draft = await mkdtemp(join(directory, 'download-'));
    const args = [script, draft, MONGODB_VERSION];
    const output = await processes.run({
      ...{ command: process.execPath, args, env, timeoutMs: DOWNLOAD_MS },
      onLine: (line) => report('downloading', line),
    });
    const downloaded = output.split('\n').at(-1) ?? '';
    // Not moved: it may be one that another project has downloaded before.
    await copyFile(downloaded, join(directory, 'mongod'));
    await rm(draft, { recursive: true });
    await completeMongod(context, directory);
  });
  return checkMongod(context, folder);
}
