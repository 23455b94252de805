import { join } from 'node:path';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { migrate } from '../../src/commands/migrate.ts';
import { loadTemporal } from '../../src/config/config.ts';
import { ensureSearchAttributes } from '../search-attributes.ts';
import type { ServerName } from '../servers/server-context.ts';
import { startServers } from '../servers/servers.ts';
import { createJobList } from './display/job-list.ts';
import { chooseProgramPorts } from './program-ports.ts';
import {
  makeWorkflowBundle,
  type ProgramContext,
  startApiProgram,
  startSimulatorProgram,
  startWorkerProgram,
} from './programs.ts';

/** What runs, as a user of it needs to know it. */
export interface LaunchedStack {
  namespace: string;
  temporalConnection: ConnectionOptions;
  temporalUiUrl?: string;
  apiUrl: string;
  rabbitmqUiUrl?: string;
  /** 'RabbitMQ', or the file. */
  eventsGoTo: string;
  /** The downstream services: the simulators, or those whose URLs are set. */
  services: Record<'auth' | 'products' | 'inventory' | 'payments', string>;
  /** How long a step is repeated before its order is stuck, in milliseconds. */
  retryMs: number;
  /** What differs from production, a line each. */
  notes: string[];
  logsDir: string;
  /** API and worker restart when their code changes. */
  watch: boolean;
}

/** Not the minutes of production: so that one can watch how an order is stuck. */
const RETRY_MS = 10_000;

type StackOptions = Omit<ProgramContext, 'ports'> & { stopping: AbortSignal };

/**
 * Starts the servers and the programs on them, each as soon as what it needs is there, and shows
 * how it goes.
 */
export async function launchStack(options: StackOptions): Promise<LaunchedStack> {
  const { env, dataDir, processes } = options;
  const programs: ProgramContext = { ...options, ports: await chooseProgramPorts(env) };
  const namespace = env.TEMPORAL_NAMESPACE || 'default';
  const retryMs = Number(env.RETRY_MS || RETRY_MS);
  const eventsFile = env.EVENTS_FILE || join(dataDir, 'events.jsonl');
  const progress = createJobList(options.stopping);

  const temporal = progress.job('Temporal', (show) => server('temporal', show), {
    end: ({ temporal }) => temporal.how,
  });
  const mongodb = progress.job('MongoDB', (show) => server('mongodb', show), {
    end: ({ mongodb }) => mongodb.how,
  });
  const redis = progress.job('Redis', (show) => server('redis', show), {
    end: ({ redis }) => redis?.how ?? 'without: cache and rate limits are in each process',
  });
  const rabbitmq = progress.job('RabbitMQ', (show) => server('rabbitmq', show), {
    end: ({ rabbitmq }) => rabbitmq?.how ?? `without: events are appended to ${eventsFile}`,
  });
  const simulators = progress.job('Auth, Products, Inventory, Payments (simulators)', () =>
    startSimulatorProgram(programs),
  );
  const bundle = progress.job('Workflow bundle', () => makeWorkflowBundle(programs));
  const connections = progress.job('Migrations and search attributes', connect, {
    after: [temporal, mongodb],
    end: ({ applied }) => applied.join(', '),
  });
  const api = progress.job('API', runApi, { after: [connections, redis], end: (url) => url });
  progress.job('Worker', runWorker, {
    after: [connections, redis, rabbitmq, simulators, bundle],
  });
  await progress.finished();

  const services = await simulators;
  const [withRedis, withRabbitmq] = [(await redis).redis, (await rabbitmq).rabbitmq];
  return {
    namespace,
    temporalConnection: await reached(),
    temporalUiUrl: (await temporal).temporal.uiUrl,
    apiUrl: await api,
    rabbitmqUiUrl: withRabbitmq?.managementUrl,
    logsDir: join(dataDir, 'logs'),
    watch: options.watch,
    services: {
      auth: services.AUTH_SERVICE_URL,
      products: services.PRODUCTS_SERVICE_URL,
      inventory: services.INVENTORY_SERVICE_URL,
      payments: services.PAYMENTS_SERVICE_URL,
    },
    retryMs,
    eventsGoTo: withRabbitmq ? 'RabbitMQ' : eventsFile,
    notes: [
      ...(withRedis ? [] : ['Without Redis: cache and rate limits are in each process.']),
      ...(withRabbitmq ? [] : [`Without RabbitMQ: events are appended to ${eventsFile}.`]),
    ],
  };

  function server<N extends ServerName>(name: N, show: (text: string) => void) {
    return startServers({
      ...{ env, dataDir, processes, ports: 'default', database: 'orders', only: [name] },
      isLive: process.stdout.isTTY,
      report: ({ phase, detail }) => {
        if (phase !== 'ready') show(detail === undefined ? phase : `${phase}: ${detail}`);
      },
    });
  }

  async function reached(): Promise<ConnectionOptions> {
    const { address } = (await temporal).temporal;
    return { ...loadTemporal(env).connectionOptions, address };
  }

  async function connect() {
    const { address } = (await temporal).temporal;
    const { uri } = (await mongodb).mongodb;
    const [applied] = await Promise.all([
      migrate(uri, 'up'),
      createSearchAttributes(await reached(), namespace),
    ]);
    const settings = {
      MONGODB_URI: uri,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_UI_URL: env.TEMPORAL_UI_URL || (await temporal).temporal.uiUrl,
    };
    return { applied, settings };
  }

  async function runApi(): Promise<string> {
    const { settings } = await connections;
    const { url: REDIS_URL } = (await redis).redis ?? {};
    return startApiProgram(programs, { ...settings, REDIS_URL, RETRY_MS: retryMs });
  }

  async function runWorker(): Promise<void> {
    await startWorkerProgram(programs, {
      ...(await simulators),
      ...(await connections).settings,
      REDIS_URL: (await redis).redis?.url,
      RABBITMQ_URL: (await rabbitmq).rabbitmq?.url,
      EVENTS_FILE: eventsFile,
      WORKFLOW_BUNDLE: await bundle,
    });
  }
}

async function createSearchAttributes(
  options: ConnectionOptions,
  namespace: string,
): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    await ensureSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}
