import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../path-lookup.ts';
import type { Executable, FindContext, Installer } from '../server-spec.ts';
import { installOnce, withCacheLock } from './cache-folder.ts';

const UNPACK_MS = 10 * 60_000;
const script = fileURLToPath(new URL('unpack-debian.sh', import.meta.url));

interface DebianPackage {
  package: string;
  /** The path of the program in it. */
  program: string;
  /** What can be started of the folder in which the package is unpacked. */
  check(context: FindContext, folder: string): Promise<Executable>;
}

/** The folder in the cache with a Debian package; `bin` in it has what starts its program. */
export const unpackedFolder = (name: string) => `${name}-debian`;

/** Unpacks a Debian package and what it needs in the cache folder; the system stays as it is. */
export function debianPackage({ package: name, program, check }: DebianPackage): Installer {
  return {
    kind: 'registry',
    name: `Debian package ${name}`,
    async obstacle({ env }) {
      const missing = ['apt-get', 'dpkg-deb'].find((tool) => onPath(tool, env).length === 0);
      return missing && `there is no ${missing} here`;
    },
    async install(context) {
      const { env, processes, report, cacheDir } = context;
      const folder = await installOnce(context, unpackedFolder(name), (directory) =>
        // All packages share the lists of apt-get.
        withCacheLock(context, 'apt', async () => {
          report('downloading', `Debian package ${name}`);
          await processes.run({
            ...{ command: 'sh', args: [script, name, program, join(cacheDir, 'apt')] },
            ...{ cwd: directory, env, timeoutMs: UNPACK_MS },
            onLine: (line) => report('downloading', line),
          });
        }),
      );
      return check(context, folder);
    },
  };
}
