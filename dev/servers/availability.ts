import { runCommand } from '../processes/run-command.ts';
import { dockerObstacle } from './docker.ts';
import { hostObstacle } from './host-obstacle.ts';
import { allowedMethods } from './install-methods.ts';
import { mongodbSpec } from './mongodb/server.ts';
import { rabbitmqSpec } from './rabbitmq/server.ts';
import { redisSpec } from './redis.ts';
import type { FindContext, ServerSpec } from './server-spec.ts';
import { temporalSpec } from './temporal/server.ts';

/** What would happen for one server at the next start. */
export interface Outlook {
  title: string;
  /** How it would be had; undefined when it cannot be had. */
  method?: string;
  /** Whether it would have to be downloaded or built first. */
  setUp: boolean;
  help: string;
  /** Without it everything else runs all the same. */
  optional: boolean;
}

const SERVERS: { spec: ServerSpec; variable: string; optional: boolean }[] = [
  { spec: temporalSpec, variable: 'TEMPORAL_ADDRESS', optional: false },
  { spec: mongodbSpec, variable: 'MONGODB_URI', optional: false },
  { spec: redisSpec, variable: 'REDIS_URL', optional: true },
  { spec: rabbitmqSpec, variable: 'RABBITMQ_URL', optional: true },
];

/** Looks how each server would be had, without installing or starting anything. */
export function serverAvailability(context: FindContext): Promise<Outlook[]> {
  return Promise.all(
    SERVERS.map(async ({ spec, variable, optional }) => {
      const { title, help } = spec;
      const found = context.env[variable]
        ? { method: `${variable} is set`, setUp: false }
        : await firstMethod(context, spec);
      return { title, help, optional, setUp: false, ...found };
    }),
  );
}

async function firstMethod(
  context: FindContext,
  spec: ServerSpec,
): Promise<{ method: string; setUp: boolean } | undefined> {
  const allowed = allowedMethods(context.env);
  if (allowed.has('path')) {
    const executable = await spec.find(context).catch(() => undefined);
    if (executable) return { method: executable.how, setUp: false };
  }
  if (allowed.has('docker')) {
    const method = `Docker image ${spec.image}`;
    const image = await findImage(context.env, spec.image);
    if (image !== 'none') return { method, setUp: image === 'remote' };
  }
  for (const { kind, name, obstacle } of spec.installs) {
    if (allowed.has(kind) && !(await obstacle(context))) return { method: name, setUp: true };
  }
  return undefined;
}

async function findImage(env: NodeJS.ProcessEnv, image: string) {
  if (await dockerObstacle(env)) return 'none';
  const args = ['image', 'inspect', image];
  const local = await runCommand({ command: 'docker', args, env, timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );
  if (local) return 'local';
  return (await hostObstacle('registry-1.docker.io', env)) ? 'none' : 'remote';
}
