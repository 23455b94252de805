import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkProgram } from '../find-program.ts';
import { hostObstacle } from '../host-obstacle.ts';
import { installOnce } from '../install/cache-folder.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, Installer } from '../server-spec.ts';
import { CACHE_FOLDER, CLI_VERSION, temporalQuery } from './query.ts';

const DOWNLOAD_MS = 5 * 60_000;
const script = fileURLToPath(new URL('download-script.mjs', import.meta.url));

/** Lets Temporal's testing library download the CLI as it does for tests, and keeps it. */
export const temporalDownload: Installer = {
  kind: 'download',
  name: 'temporal.download',
  obstacle: ({ env }) => hostObstacle('temporal.download', env),
  install: downloadTemporal,
};

async function downloadTemporal(context: ServerContext): Promise<Executable> {
  const { env, processes, report } = context;
  const folder = await installOnce(context, CACHE_FOLDER, async (directory) => {
    report('downloading', `Temporal CLI ${CLI_VERSION}`);
    // In a process of its own: it starts the server once, and can be ended when it hangs.
    const args = [script, directory, `v${CLI_VERSION}`];
    await processes.run({ command: process.execPath, args, env, timeoutMs: DOWNLOAD_MS });
    const [downloaded] = await readdir(directory);
    if (!downloaded) throw new Error('nothing was downloaded');
    await rename(join(directory, downloaded), join(directory, 'temporal'));
  });
  return checkProgram(context, temporalQuery, join(folder, 'temporal'));
}
