import { runCommand } from '../../../dev/processes/run-command.ts';
import { cacheFolder } from '../../../dev/servers/install/cache-folder.ts';
import { temporalSpec } from '../../../dev/servers/temporal/server.ts';
import { testServers } from '../servers/servers.ts';

const BOUND_MS = 60_000;

/** The `temporal` program; undefined where the server runs in a container and there is none. */
export async function findTemporalCli(): Promise<string | undefined> {
  const { env } = process;
  const context = { env, cacheDir: cacheFolder(env) };
  return temporalSpec.find(context).then(
    ({ from }) => from,
    () => undefined,
  );
}

/** Runs it as an operator would, and answers its output. @throws with its last line, if it fails */
export async function temporal(command: string, ...args: string[]): Promise<string> {
  const server = ['--address', testServers().temporalAddress];
  return runCommand({
    ...{ command, args: [...args, ...server], env: process.env, timeoutMs: BOUND_MS },
  });
}
