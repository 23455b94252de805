import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ManagedProcess } from '../processes/spawn-process.ts';
import { containerCommand } from './docker.ts';
import type { ServerContext } from './server-context.ts';
import type { Executable } from './server-spec.ts';

/** The server's surroundings: they differ between this machine and a container. */
export interface Surroundings {
  /** The address to listen on. Inside a container all, since only 127.0.0.1 is published. */
  ip: string;
  dataDir: string;
}

export interface ServerRun {
  name: string;
  dataDir: string;
  /** Where the image expects the data folder. */
  mountAt: string;
  ports: number[];
  /** What the image needs before the arguments, when its entry point is not the program. */
  imageArgs?: string[];
  args(where: Surroundings): string[];
  env?(where: Surroundings): Record<string, string>;
}

/** Where a server started from it runs. */
export function surroundings(
  executable: Executable,
  dataDir: string,
  mountAt: string,
): Surroundings {
  return executable.kind === 'image'
    ? { ip: '0.0.0.0', dataDir: mountAt }
    : { ip: '127.0.0.1', dataDir: resolve(dataDir) };
}

/** Starts the server as a supervised process: the program itself, or `docker run`. */
export function runServer(
  context: ServerContext,
  executable: Executable,
  options: ServerRun,
): ManagedProcess {
  const { name, ports, mountAt, imageArgs = [] } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const where = surroundings(executable, dataDir, mountAt);
  const args = options.args(where);
  const env = options.env?.(where) ?? {};
  const logFile = context.logFile(name);
  if (executable.kind === 'program') {
    const fullEnv = { ...context.env, ...env };
    return context.processes.spawn({ name, command: executable.from, args, env: fullEnv, logFile });
  }
  const container = containerCommand({
    ...{ image: executable.from, server: name, dataDir, mountAt, ports, env },
    args: [...imageArgs, ...args],
  });
  return context.processes.spawn({
    ...{ name, command: 'docker', args: container.args, env: context.env, logFile },
    container: container.name,
  });
}
