import { randomUUID } from 'node:crypto';
import { runCommand } from '../processes/run-command.ts';
import { onPath } from './path-lookup.ts';
import type { ServerContext } from './server-context.ts';

const ANSWER_MS = 3_000;
const PULL_MS = 10 * 60_000;

/** Why Docker cannot be used; undefined when its daemon answers. */
export async function dockerObstacle(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (onPath('docker', env).length === 0) return 'there is no docker on the PATH';
  const args = ['version', '--format', '{{.Server.Version}}'];
  try {
    await runCommand({ command: 'docker', args, env, timeoutMs: ANSWER_MS });
    return undefined;
  } catch {
    return 'the Docker daemon does not answer';
  }
}

/** Pulls the image unless it is there. */
export async function ensureImage(context: ServerContext, image: string): Promise<void> {
  const { env, processes, report } = context;
  const obstacle = await dockerObstacle(env);
  if (obstacle) throw new Error(obstacle);
  const inspect = { command: 'docker', args: ['image', 'inspect', image], env, timeoutMs: 10_000 };
  const present = await processes.run(inspect).then(
    () => true,
    () => false,
  );
  if (present) return;
  report('downloading', `Docker image ${image}`);
  const onLine = (line: string) => report('downloading', `${image}: ${line}`);
  await processes.run({
    command: 'docker',
    args: ['pull', image],
    env,
    timeoutMs: PULL_MS,
    onLine,
  });
}

export interface ContainerOptions {
  image: string;
  server: string;
  /** Mounted from this machine, so that its content survives the container. */
  dataDir: string;
  mountAt: string;
  /** The same inside and outside; outside on 127.0.0.1 alone. */
  ports: number[];
  env: Record<string, string>;
  args: string[];
}

/**
 * The command line that runs a container in the foreground, as the user who started it: what it
 * writes can be deleted without root.
 */
export function containerCommand(options: ContainerOptions): { name: string; args: string[] } {
  const { image, server, dataDir, mountAt, ports, env, args } = options;
  const name = `orders-service-${server}-${randomUUID().slice(0, 8)}`;
  const user = process.getuid && process.getgid && `${process.getuid()}:${process.getgid()}`;
  return {
    name,
    args: [
      ...['run', '--rm', '--init', '--name', name, '--volume', `${dataDir}:${mountAt}`],
      ...(user ? ['--user', user] : []),
      ...ports.flatMap((port) => ['--publish', `127.0.0.1:${port}:${port}`]),
      ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      image,
      ...args,
    ],
  };
}
