import { runCommand } from '../processes/run-command.ts';
import { dockerObstacle } from './docker.ts';
import { hostObstacle } from './host-obstacle.ts';
import { mongodbSources } from './mongodb/server.ts';
import { rabbitmqSources } from './rabbitmq/server.ts';
import { redisSources } from './redis.ts';
import type { FindContext, Sources } from './sources.ts';
import { temporalSources } from './temporal/server.ts';
import { allowedWays } from './ways.ts';

/** What would happen for one server at the next start. */
export interface Outlook {
  title: string;
  /** How it would be had; undefined when in no way. */
  way?: string;
  /** Whether it would have to be downloaded or built first. */
  setUp: boolean;
  help: string;
  /** Without it everything else runs all the same. */
  dispensable: boolean;
}

const SURVEYED: { sources: Sources; variable: string; dispensable: boolean }[] = [
  { sources: temporalSources, variable: 'TEMPORAL_ADDRESS', dispensable: false },
  { sources: mongodbSources, variable: 'MONGODB_URI', dispensable: false },
  { sources: redisSources, variable: 'REDIS_URL', dispensable: true },
  { sources: rabbitmqSources, variable: 'RABBITMQ_URL', dispensable: true },
];

/** Looks how each server would be had, without installing or starting anything. */
export function serverAvailability(context: FindContext): Promise<Outlook[]> {
  return Promise.all(
    SURVEYED.map(async ({ sources, variable, dispensable }) => {
      const { title, help } = sources;
      const found = context.env[variable]
        ? { way: `${variable} is set`, setUp: false }
        : await firstWay(context, sources);
      return { title, help, dispensable, setUp: false, ...found };
    }),
  );
}

async function firstWay(
  context: FindContext,
  sources: Sources,
): Promise<{ way: string; setUp: boolean } | undefined> {
  const allowed = allowedWays(context.env);
  if (allowed.has('path')) {
    const source = await sources.find(context).catch(() => undefined);
    if (source) return { way: source.how, setUp: false };
  }
  if (allowed.has('docker')) {
    const way = `Docker image ${sources.image}`;
    const image = await findImage(context.env, sources.image);
    if (image !== 'none') return { way, setUp: image === 'remote' };
  }
  for (const { kind, name, obstacle } of sources.installs) {
    if (allowed.has(kind) && !(await obstacle(context))) return { way: name, setUp: true };
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
