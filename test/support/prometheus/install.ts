import { join } from 'node:path';
import { runCommand } from '../../../dev/processes/run-command.ts';
import { cacheFolder, installOnce } from '../../../dev/servers/install/cache-folder.ts';
import { onPath } from '../../../dev/servers/path-lookup.ts';

export interface PrometheusPrograms {
  prometheus: string;
  promtool: string;
}

const INSTALL_MS = 5 * 60_000;

/** Prometheus and promtool: those of the machine, or Debian's, unpacked in the cache folder. */
export async function findPrometheus(): Promise<PrometheusPrograms | { obstacle: string }> {
  const [prometheus] = onPath('prometheus', process.env);
  const [promtool] = onPath('promtool', process.env);
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  if (onPath('apt-get', process.env).length === 0) {
    return { obstacle: 'needs prometheus and promtool, or Debian' };
  }
  try {
    const bin = join(await unpack(), 'usr', 'bin');
    return { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') };
  } catch {
    return { obstacle: 'needs prometheus and promtool, which could not be downloaded' };
  }
}

/** Unpacked, and not installed: no service of the machine starts, and nobody needs to be root. */
async function unpack(): Promise<string> {
  const context = { cacheDir: cacheFolder(process.env), report: () => undefined };
  return installOnce(context, 'prometheus-debian', async (directory) => {
    const script = [
      `cd "$1"`,
      'apt-get download prometheus || { apt-get update && apt-get download prometheus; }',
      'dpkg -x prometheus_*.deb . && rm prometheus_*.deb',
    ];
    const args = ['-ec', script.join('\n'), 'sh', directory];
    await runCommand({ command: 'sh', args, env: process.env, timeoutMs: INSTALL_MS });
  });
}
