import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../path-lookup.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, FindContext, Installer } from '../server-spec.ts';
import { installOnce, withCacheLock } from './cache-folder.ts';

const UNPACK_MS = 10 * 60_000;
const script = fileURLToPath(new URL('unpack-debian.sh', import.meta.url));

interface Unpacked {
  package: string;
  /** The path of a program below the folder, which `bin` gets a start script for. */
  program: string;
}

interface DebianPackage extends Unpacked {
  /** What can be started of the folder in which the package is unpacked. */
  check(context: FindContext, folder: string): Promise<Executable>;
}

/** The folder in the cache with a Debian package; `bin` in it has what starts its program. */
export const unpackedFolder = (name: string) => `${name}-debian`;

/** Unpacks a Debian package and what it needs in the cache folder; the system stays as it is. */
export function debianPackage({ check, ...unpacked }: DebianPackage): Installer {
  return {
    kind: 'registry',
    name: `Debian package ${unpacked.package}`,
    obstacle: debianObstacle,
    async install(context) {
      const name = unpackedFolder(unpacked.package);
      const fill = (directory: string) => unpackDebian(context, unpacked, directory);
      return check(context, await installOnce(context, name, fill));
    },
  };
}

/** Unpacks a package into the folder, with what this machine lacks of its dependencies. */
export async function unpackDebian(
  { env, processes, report, cacheDir }: UnpackContext,
  { package: name, program }: Unpacked,
  cwd: string,
): Promise<void> {
  // All packages share the lists of apt-get.
  await withCacheLock({ cacheDir, report }, 'apt', async () => {
    report('downloading', `Debian package ${name}`);
    await processes.run({
      ...{ command: 'sh', args: [script, name, program, join(cacheDir, 'apt')], cwd, env },
      ...{ timeoutMs: UNPACK_MS, onLine: (line) => report('downloading', line) },
    });
  });
}

type UnpackContext = Pick<ServerContext, 'env' | 'processes' | 'report' | 'cacheDir'>;

async function debianObstacle({ env }: FindContext): Promise<string | undefined> {
  const missing = ['apt-get', 'dpkg-deb'].find((tool) => onPath(tool, env).length === 0);
  return missing && `there is no ${missing} here`;
}
