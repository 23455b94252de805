import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Debian keeps servers where only root's PATH looks, Homebrew where a graphical shell's may not.
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];

/** All places where a program of this name is, those on the PATH (all that `which` knows) first. */
export function onPath(program: string, env: NodeJS.ProcessEnv): string[] {
  const folders = new Set([...(env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]);
  return [...folders]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .filter(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
