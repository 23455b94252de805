import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { isExecutable, onPath } from '../path-lookup.ts';
import type { Executable, FindContext } from '../server-spec.ts';

// What Debian puts on the PATH is a wrapper that switches the user and drops the environment.
const DEBIAN_PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const DEBIAN_WRAPPER = 'rabbitmq-script-wrapper';

/**
 * Finds RabbitMQ without asking it for its version, which takes seconds: the version is in the
 * path to which each of its packages links.
 */
export async function findRabbitmq({ env }: FindContext): Promise<Executable> {
  const candidates = [DEBIAN_PROGRAM, ...onPath('rabbitmq-server', env)].filter(isExecutable);
  const from = candidates.find((file) => basename(realpathSync(file)) !== DEBIAN_WRAPPER);
  if (!from) throw new Error('no rabbitmq-server there');
  if (onPath('erl', env).length === 0) throw new Error(`${from} needs Erlang: no erl there`);
  const version = /rabbitmq(?:_server-|\/)(\d+\.\d+\.\d+)/.exec(realpathSync(from))?.[1];
  return {
    kind: 'program',
    from,
    version: version ?? 'local',
    how: `rabbitmq-server ${version ?? ''} (${from})`,
  };
}
