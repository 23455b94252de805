import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpackedFolder } from '../install/debian-packages.ts';
import { isExecutable, onPath } from '../path-lookup.ts';
import type { Executable, FindContext } from '../server-spec.ts';

export const PACKAGE = 'rabbitmq-server';
// What Debian puts on the PATH is a wrapper that switches the user and drops the environment.
export const RABBITMQ_IN_PACKAGE = 'usr/lib/rabbitmq/bin/rabbitmq-server';
const DEBIAN_WRAPPER = 'rabbitmq-script-wrapper';

/**
 * Finds RabbitMQ without asking it for its version, which takes seconds: the version is in the
 * path to which each of its packages links.
 */
export async function findRabbitmq(context: FindContext): Promise<Executable> {
  const { env, cacheDir } = context;
  const installed = [`/${RABBITMQ_IN_PACKAGE}`, ...onPath('rabbitmq-server', env)]
    .filter(isExecutable)
    .find((file) => basename(realpathSync(file)) !== DEBIAN_WRAPPER);
  const hasErlang = onPath('erl', env).length > 0;
  if (installed && hasErlang) return executable(installed, installed);
  const unpacked = join(cacheDir, unpackedFolder(PACKAGE));
  if (existsSync(unpacked)) return unpackedRabbitmq(context, unpacked);
  throw new Error(
    installed ? `${installed} needs Erlang: no erl there` : 'no rabbitmq-server there',
  );
}

export async function unpackedRabbitmq(_context: FindContext, folder: string): Promise<Executable> {
  return executable(join(folder, 'bin', 'rabbitmq-server'), join(folder, RABBITMQ_IN_PACKAGE));
}

function executable(from: string, program: string): Executable {
  const version = /rabbitmq(?:_server-|\/)(\d+\.\d+\.\d+)/.exec(realpathSync(program))?.[1];
  return {
    kind: 'program',
    from,
    version: version ?? 'local',
    how: `rabbitmq-server ${version ?? ''} (${from})`,
  };
}
