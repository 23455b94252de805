import { fileURLToPath } from 'node:url';
import { onPath } from '../path-lookup.ts';
import type { Installer, ServerSpec } from '../server-spec.ts';
import { withCacheLock } from './cache-folder.ts';

const INSTALL_MS = 10 * 60_000;
const script = fileURLToPath(new URL('apt-install.sh', import.meta.url));

interface DebianPackage {
  package: string;
  /** The system service that it brings, which is not wanted: the launcher runs the program itself. */
  service: string;
  find: ServerSpec['find'];
}

/** Installs a Debian package; only root can. */
export function aptInstall({ package: name, service, find }: DebianPackage): Installer {
  return {
    kind: 'registry',
    name: `Debian package ${name}`,
    async obstacle({ env }) {
      if (onPath('apt-get', env).length === 0) return 'there is no apt-get here';
      if (process.getuid?.() === 0) return undefined;
      return `needs root; run: sudo apt-get install --no-install-recommends ${name}`;
    },
    // The lock keeps two launchers from taking each other's policy for services away.
    install: (context) =>
      withCacheLock(context, 'apt', async () => {
        const { env, processes, report } = context;
        report('installing', `Debian package ${name}`);
        await processes.run({
          ...{ command: 'sh', args: [script, name, service], env, timeoutMs: INSTALL_MS },
          onLine: (line) => report('installing', line),
        });
        return find(context);
      }),
  };
}
