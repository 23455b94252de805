import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort } from '../../../dev/processes/ports.ts';
import { createSupervisor } from '../../../dev/processes/supervisor.ts';
import { ensureSearchAttributes } from '../../../dev/search-attributes.ts';
import { startServers } from '../../../dev/servers/servers.ts';
import type { TestServers } from './servers.ts';

export type OwnServer = 'temporal' | 'mongodb' | 'redis' | 'rabbitmq';

export interface OwnServers {
  servers: Partial<TestServers>;
  /** Freezes a server: its connections stay open, and nothing answers any more. */
  freeze(name: OwnServer): void;
  thaw(name: OwnServer): void;
  /** Stops a server as an administrator would; it may finish what it has. */
  shutDown(name: OwnServer): Promise<void>;
  /** SIGKILL: no time to finish anything. */
  kill(name: OwnServer): Promise<void>;
  /** Starts a server again, on the same port and with the data it left. */
  start(name: OwnServer): Promise<void>;
  /** Stops all of them, for good. */
  stop(): Promise<void>;
}

const ALL: OwnServer[] = ['mongodb', 'redis', 'rabbitmq'];

/** Servers for one test file, which may do to them what it likes; Temporal when it is named. */
export async function startOwnServers(names = ALL): Promise<OwnServers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orders-own-'));
  const { processes, signal, thaw } = supervised();
  const launcher = createLauncher(dataDir, processes);
  const stop = async () => {
    for (const name of names) thaw(name);
    // Nobody wants their data: no time to finish anything.
    await processes.stopAll(0);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const started = await Promise.all(names.map(launcher.start));
    const found = Object.assign({}, ...started) as (typeof started)[0];
    const { temporal, mongodb, redis, rabbitmq } = found;
    if (temporal) await addSearchAttributes(temporal.address);
    return {
      servers: {
        ...(temporal && { temporalAddress: temporal.address }),
        ...(mongodb && { mongodbUri: mongodb.uri }),
        ...(redis && { redisUrl: redis.url }),
        ...(rabbitmq && { rabbitmqUrl: rabbitmq.url }),
      },
      freeze: (name) => signal(name, 'SIGSTOP'),
      thaw,
      shutDown: (name) => launcher.end(name),
      async kill(name) {
        signal(name, 'SIGKILL');
        await launcher.end(name);
      },
      async start(name) {
        await launcher.start(name);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addSearchAttributes(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  await ensureSearchAttributes(connection, 'default');
  await connection.close();
}

type Processes = ReturnType<typeof createSupervisor>;

/** A supervisor whose processes can be sent any signal by their name. */
function supervised() {
  const supervisor = createSupervisor(process.env);
  const groups = new Map<string, number>();
  const processes: Processes = {
    ...supervisor,
    spawn(options) {
      const spawned = supervisor.spawn(options);
      if (spawned.pid !== undefined) groups.set(options.name, spawned.pid);
      spawned.exited.then(() => groups.delete(options.name));
      return spawned;
    },
  };
  const signal = (name: string, what: NodeJS.Signals) => {
    const group = groups.get(name);
    if (group === undefined) throw new Error(`${name} does not run`);
    process.kill(-group, what);
  };
  const thaw = (name: string) => {
    if (groups.has(name)) signal(name, 'SIGCONT');
  };
  return { processes, signal, thaw };
}

/** Starts and ends servers one by one, each always on the ports it had first. */
function createLauncher(dataDir: string, processes: Processes) {
  const { TEMPORAL_ADDRESS, MONGODB_URI, REDIS_URL, RABBITMQ_URL, ...env } = process.env;
  const claims = new Map<string, ReturnType<typeof freePort>>();
  const ends = new Map<OwnServer, () => Promise<void>>();
  async function ports(variable: string): Promise<number> {
    const claim = claims.get(variable) ?? freePort();
    claims.set(variable, claim);
    return (await claim).port;
  }
  const options = { dataDir, env, ports, database: 'orders', report: () => {}, processes };
  return {
    async start(name: OwnServer) {
      const servers = await startServers({ ...options, only: [name] });
      ends.set(name, servers.stop);
      return servers;
    },
    async end(name: OwnServer) {
      await ends.get(name)?.();
    },
  };
}
