import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkProgram } from '../find-program.ts';
import { unpackDebian } from '../install/debian-packages.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, FindContext } from '../server-spec.ts';
import { mongodbQuery } from './query.ts';

/** MongoDB offers mongod without the libraries of the system that it was built for. */
const LIBRARIES = 'libcurl4';

/** Unpacks what a mongod in this folder needs beside it, where the machine lacks it. */
export async function completeMongod(context: ServerContext, directory: string): Promise<void> {
  try {
    await checkMongod(context, directory);
  } catch {
    await unpackDebian(context, { package: LIBRARIES, program: 'mongod' }, directory);
    await checkMongod(context, directory);
  }
}

/** The mongod in this folder, with the libraries beside it. */
export async function checkMongod(context: FindContext, folder: string): Promise<Executable> {
  const withLibraries = join(folder, 'bin', 'mongod');
  const file = existsSync(withLibraries) ? withLibraries : join(folder, 'mongod');
  return checkProgram(context, mongodbQuery, file);
}
