import { Connection } from '@temporalio/client';
import { migrate } from '../../src/migrate.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { ensureSearchAttributes } from '../search-attributes.ts';
import type { ServerEvent, ServerName } from '../servers/server-context.ts';
import { type Servers, startServers } from '../servers/servers.ts';
import type { DevelopmentAuth } from './credentials.ts';
import { type ProgramContext, startApi, startSimulators, startWorker } from './programs.ts';
import { type Job, runJobs } from './progress.ts';

export interface StackOptions {
  env: NodeJS.ProcessEnv;
  dataDir: string;
  processes: Supervisor;
  auth: DevelopmentAuth;
  watch: boolean;
}

export interface Stack {
  servers: Servers;
  namespace: string;
  apiUrl: string;
}

const TITLES: Record<ServerName, string> = {
  temporal: 'Temporal',
  mongodb: 'MongoDB',
  redis: 'Redis',
  rabbitmq: 'RabbitMQ',
};

/** Starts the servers, then the programs on them, and shows how it goes. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const servers = await runServers(options);
  const namespace = options.env.TEMPORAL_NAMESPACE || 'default';
  const programs: ProgramContext = { ...options, servers, namespace };
  let services: Record<string, string> = {};
  let apiUrl = '';
  await runJobs([
    {
      title: 'Database and search attributes',
      run: async () => {
        const [applied] = await Promise.all([
          migrate(servers.mongodb.uri, 'up'),
          createSearchAttributes(servers.temporal.address, namespace),
        ]);
        return applied.join(', ');
      },
    },
    {
      title: 'Auth, Products, Inventory and Payments (simulators)',
      run: async () => {
        services = await startSimulators(programs);
        return undefined;
      },
    },
  ]);
  await runJobs([
    { title: 'Worker', run: () => startWorker(programs, services).then(() => undefined) },
    {
      title: 'API',
      run: async () => {
        apiUrl = await startApi(programs);
        return apiUrl;
      },
    },
  ]);
  return { servers, namespace, apiUrl };
}

async function runServers({ env, dataDir, processes }: StackOptions): Promise<Servers> {
  const shows = new Map<ServerName, (text: string) => void>();
  const ends = new Map<ServerName, PromiseWithResolvers>();
  const report = ({ server, phase, detail }: ServerEvent) => {
    if (phase === 'ready') ends.get(server)?.resolve(detail);
    else if (phase === 'missing') ends.get(server)?.resolve(`going on without: ${detail}`);
    else shows.get(server)?.(detail === undefined ? phase : `${phase}: ${detail}`);
  };
  const jobs = Object.entries(TITLES).map(([name, title]): Job => {
    const server = name as ServerName;
    const end = withResolvers();
    ends.set(server, end);
    return {
      title,
      run: (show) => {
        shows.set(server, show);
        return end.promise;
      },
    };
  });
  const starting = startServers({
    env,
    dataDir,
    processes,
    report,
    ports: 'default',
    database: 'orders',
  });
  starting.catch((error: unknown) => {
    for (const end of ends.values()) end.reject(error);
  });
  await runJobs(jobs);
  return starting;
}

async function createSearchAttributes(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await ensureSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

interface PromiseWithResolvers {
  promise: Promise<string | undefined>;
  resolve(value: string | undefined): void;
  reject(error: unknown): void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: PromiseWithResolvers['resolve'] = () => {};
  let reject: PromiseWithResolvers['reject'] = () => {};
  const promise = new Promise<string | undefined>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
