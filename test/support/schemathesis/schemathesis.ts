import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../../dev/processes/run-command.ts';
import { cacheFolder, installOnce } from '../../../dev/servers/install/cache-folder.ts';

const OLDEST_PYTHON = [3, 11];
const INSTALL_MS = 5 * 60_000;

const requirements = join(import.meta.dirname, 'requirements.txt');
export const configFile = join(import.meta.dirname, 'schemathesis.toml');

/** The Python of this machine as `cpython-311`, or why schemathesis cannot run here. */
export async function findPython(): Promise<{ tag: string } | { obstacle: string }> {
  const script = 'import pip, sys; print(*sys.version_info[:2], sys.implementation.cache_tag)';
  try {
    const args = ['-c', script];
    const output = await runCommand({ command: 'python3', args, timeoutMs: 20_000 });
    const [major = 0, minor = 0, tag = ''] = output.trim().split(' ');
    const [oldestMajor = 0, oldestMinor = 0] = OLDEST_PYTHON;
    if (Number(major) === oldestMajor && Number(minor) >= oldestMinor) return { tag };
    return { obstacle: `needs Python ${OLDEST_PYTHON.join('.')}; this is ${major}.${minor}` };
  } catch {
    return { obstacle: 'needs python3 with pip' };
  }
}

/** Installs schemathesis into the cache folder, once for each Python and list of versions. */
export async function installSchemathesis(tag: string): Promise<string> {
  const versions = readFileSync(requirements, 'utf8');
  const hash = createHash('sha256').update(`${tag}\n${versions}`).digest('hex').slice(0, 12);
  const context = { cacheDir: cacheFolder(process.env), report: () => undefined };
  return installOnce(context, `schemathesis-${hash}`, async (directory) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:'];
    const args = [...pip, '--target', directory, '--requirement', requirements];
    await runCommand({ command: 'python3', args, env: process.env, timeoutMs: INSTALL_MS });
  });
}

interface Run {
  /** Where `installSchemathesis` put it. */
  folder: string;
  apiUrl: string;
  /** For the configuration, which names them. */
  variables: Record<string, string>;
  args: string[];
  timeoutMs: number;
}

/**
 * Runs all checks against an API that runs, and answers what was printed.
 *
 * @throws with that, when there are findings
 */
export async function runSchemathesis({ folder, apiUrl, variables, args, timeoutMs }: Run) {
  const lines: string[] = [];
  const command = ['-m', 'schemathesis.cli', '--config-file', configFile, 'run', '--no-color'];
  try {
    await runCommand({
      command: 'python3',
      args: [...command, ...args, `${apiUrl}/openapi.json`],
      env: { ...process.env, ...variables, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
      timeoutMs,
      onLine: (line) => lines.push(line),
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${lines.join('\n')}`);
  }
  return lines.join('\n');
}
