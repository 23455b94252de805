import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';
import { isExecutable, onPath } from './path-lookup.ts';
import type { Executable, FindContext } from './server-spec.ts';

const VERSION_MS = 20_000;
export interface ProgramQuery {
  program: string;
  /** Folders of the cache in which it may have been set up. */
  cached: string[];
  /** Finds the version in what `--version` prints. */
  version: RegExp;
  /** The oldest major and minor version that will do. */
  atLeast: [number, number];
}

/** The first program found that runs and is new enough. @throws saying what was found instead */
export async function findProgram(context: FindContext, query: ProgramQuery): Promise<Executable> {
  const { program } = query;
  const cached = query.cached.map((folder) => join(context.cacheDir, folder, program));
  const candidates = [...onPath(program, context.env), ...cached.filter(isExecutable)];
  const unfit: string[] = [];
  for (const file of candidates) {
    try {
      return await checkProgram(context, query, file);
    } catch (error) {
      unfit.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(unfit.join('; ') || `no ${program} there`);
}

/** @throws unless the program runs and is new enough */
export async function checkProgram(
  { env }: FindContext,
  { program, version, atLeast }: ProgramQuery,
  file: string,
): Promise<Executable> {
  const args = ['--version'];
  const output = await runCommand({ command: file, args, env, timeoutMs: VERSION_MS });
  const found = version.exec(output)?.[1];
  if (!found) throw new Error(`${file} does not tell its version`);
  const [major = 0, minor = 0] = found.split('.').map(Number);
  if (major < atLeast[0] || (major === atLeast[0] && minor < atLeast[1])) {
    throw new Error(`${file} is ${found}; needed is ${atLeast.join('.')} or newer`);
  }
  return { kind: 'program', from: file, version: found, how: `${program} ${found} (${file})` };
}
