import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '../../dev/processes/supervisor.ts';
import { startServers } from '../../dev/servers/servers.ts';
import type { TestServers } from './servers.ts';

type Name = 'mongodb' | 'redis' | 'rabbitmq';

export interface OwnServers {
  servers: Partial<TestServers>;
  /** Freezes a server: its connections stay open, and nothing answers any more. */
  freeze(name: Name): void;
  thaw(name: Name): void;
  /** Ends a server as a crash does. */
  end(name: Name): void;
  stop(): Promise<void>;
}

/** MongoDB, Redis and RabbitMQ for one test file, which may do to them what it likes. */
export async function startOwnServers(
  only: Name[] = ['mongodb', 'redis', 'rabbitmq'],
): Promise<OwnServers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orders-own-'));
  const supervisor = createSupervisor(process.env);
  const groups = new Map<string, number>();
  const processes = {
    ...supervisor,
    spawn(options: Parameters<typeof supervisor.spawn>[0]) {
      const spawned = supervisor.spawn(options);
      if (spawned.pid !== undefined) groups.set(options.name, spawned.pid);
      return spawned;
    },
  };
  const { TEMPORAL_ADDRESS, MONGODB_URI, REDIS_URL, RABBITMQ_URL, ...env } = process.env;
  const stop = async () => {
    for (const group of groups.values()) signalGroup(group, 'SIGCONT');
    await supervisor.stopAll();
    await rm(dataDir, { recursive: true, force: true });
  };
  const options = { dataDir, env, database: 'orders', report: () => {}, processes, only };
  try {
    const started = await startServers({ ...options, ports: 'free' });
    const signal = (name: Name, what: NodeJS.Signals) => {
      const group = groups.get(name);
      if (group === undefined) throw new Error(`${name} is not one of ${[...groups.keys()]}`);
      signalGroup(group, what);
    };
    return {
      servers: {
        ...(only.includes('mongodb') && { mongodbUri: started.mongodb.uri }),
        redisUrl: started.redis?.url,
        rabbitmqUrl: started.rabbitmq?.url,
      },
      freeze: (name) => signal(name, 'SIGSTOP'),
      thaw: (name) => signal(name, 'SIGCONT'),
      end: (name) => signal(name, 'SIGKILL'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone already.
  }
}
