import { realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { ManagedProcess } from '../../processes/spawn-process.ts';
import { waitFor } from '../../processes/wait-for.ts';
import { isExecutable, onPath } from '../path-lookup.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable } from '../server-spec.ts';

const READY_MS = 10_000;

/**
 * Starts Erlang's register of nodes. Erlang would start one by itself, as a daemon that stays
 * behind when the broker is gone.
 */
export async function startEpmd(
  context: ServerContext,
  rabbitmq: Executable,
  port: number,
): Promise<ManagedProcess> {
  const besideErl = onPath('erl', context.env).map((erl) =>
    join(dirname(realpathSync(erl)), 'epmd'),
  );
  const unpacked = join(dirname(rabbitmq.from), '..', 'usr', 'bin', 'epmd');
  const command = [...onPath('epmd', context.env), ...besideErl, unpacked].find(isExecutable);
  if (!command) throw new Error("there is no epmd, which is part of RabbitMQ's Erlang");
  const epmd = context.processes.spawn({
    ...{ name: 'epmd', command, args: ['-port', `${port}`, '-address', '127.0.0.1'] },
    ...{ env: context.env, logFile: context.logFile('epmd') },
  });
  const what = `epmd to listen on port ${port}`;
  await waitFor(() => accepts(port), { timeoutMs: READY_MS, what, process: epmd });
  return epmd;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
