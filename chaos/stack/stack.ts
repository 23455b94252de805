import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import mongoose from 'mongoose';
import { developmentAuth, signToken } from '../../dev/launcher/credentials.ts';
import { freePort } from '../../dev/processes/ports.ts';
import { signalGroup } from '../../dev/processes/process-group.ts';
import type { ManagedProcess } from '../../dev/processes/spawn-process.ts';
import { createSupervisor } from '../../dev/processes/supervisor.ts';
import { waitFor } from '../../dev/processes/wait-for.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { loadKeysConfig } from '../../src/config/config.ts';
import { createDataConverter } from '../../src/payloads/data-converter.ts';
import { connectStore } from '../../src/store/connection.ts';
import { type OwnServer, startOwnServers } from '../../test/support/servers/own-servers.ts';
import { EventCollector } from './event-collector.ts';
import { type FaultyLink, startFaultyLink } from './faulty-link.ts';

/** A process that can be harmed, and started again as it was. */
interface Target {
  name: string;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Resolves when it is ready. */
  start(): Promise<void>;
}

export const services = ['auth', 'products', 'inventory', 'payments'] as const;
export type Service = (typeof services)[number];

export interface ChaosStack {
  /** Where the two APIs listen; a customer whose API does not answer asks the other one. */
  apis: [string, string];
  serviceUrls: Record<Service, string>;
  targets: Target[];
  /** Between the programs and each server and downstream service, by its name. */
  proxies: Map<string, FaultyLink>;
  temporal: Client;
  database: mongoose.mongo.Db;
  events: EventCollector;
  tokenOf(user: string, role?: 'user' | 'admin'): Promise<string>;
  stop(): Promise<void>;
}

const SERVERS: OwnServer[] = ['temporal', 'mongodb', 'redis', 'rabbitmq'];
const START_MS = 120_000;

/** Short stages, so that a run meets all of them. Milliseconds. */
const policy = {
  RETRY_INITIAL_MS: '200',
  RETRY_MAX_MS: '2000',
  RETRY_MS: '10000',
  STUCK_INITIAL_MS: '30000',
  STUCK_MAX_MS: '60000',
  TRANSFER_POLL_MS: '2000',
  TRANSFER_EXPIRY_MS: '3600000',
  BREAKER_RESET_MS: '1000',
  CHARGE_BREAKER_RESET_MS: '2000',
  RECONCILE_EVERY_MS: '30000',
  RATE_LIMIT_USER_PER_MINUTE: '1000000000',
  RATE_LIMIT_PLACEMENTS_PER_MINUTE: '1000000000',
  UNPAID_ORDERS_PER_USER: '1000000000',
  DECLINES_PER_USER_AND_HOUR: '1000000000',
  RATE_LIMIT_ADMIN_PER_MINUTE: '1000000000',
};

/** Starts servers with durable data, two APIs, two workers and the simulators, each to be harmed alone. */
export async function startChaosStack(folder: string, seed: string): Promise<ChaosStack> {
  const supervisor = createSupervisor(process.env);
  const own = await startOwnServers(SERVERS);
  const { temporalAddress = '', mongodbUri = '', redisUrl = '', rabbitmqUrl = '' } = own.servers;
  const proxies = new Map<string, FaultyLink>();
  const proxied = async (name: string, url: string) => {
    const port = /:(\d+)(?=\/|$|\?)/.exec(url)?.[1];
    const proxy = await startFaultyLink(Number(port));
    proxies.set(name, proxy);
    return url.replace(`:${port}`, `:${proxy.port}`);
  };

  const servicePorts = await ports(services.length);
  const serviceUrls = Object.fromEntries(
    services.map((name, index) => [name, `http://127.0.0.1:${servicePorts[index]}`]),
  ) as Record<Service, string>;
  const auth = developmentAuth({}, folder);
  const shared: Record<string, string> = {
    ...policy,
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
    JWT_SECRET: auth.secret,
    WORKFLOW_BUNDLE: 'dist/src/workflow-bundle.cjs',
    // As in production: what is killed may be between an order's key and its start.
    TEMPORAL_PAYLOAD_KEYS: `chaos:${randomBytes(32).toString('hex')}`,
    TEMPORAL_ADDRESS: await proxied('temporal', temporalAddress),
    MONGODB_URI: await proxied('mongodb', mongodbUri),
    REDIS_URL: await proxied('redis', redisUrl),
    RABBITMQ_URL: await proxied('rabbitmq', rabbitmqUrl),
  };
  for (const name of services) {
    shared[`${name.toUpperCase()}_SERVICE_URL`] = await proxied(name, serviceUrls[name]);
  }
  await migrate(mongodbUri, 'up');
  const events = await EventCollector.declare(rabbitmqUrl);

  const program = (name: string, script: string, env: Record<string, string>, ready: string) =>
    programTarget({
      ...{ name, script, folder, supervisor, readyUrl: ready },
      env: { ...shared, ...env },
    });
  const simulators = program(
    'simulators',
    'dist/simulators/server.js',
    {
      SIM_DATA_DIR: join(folder, 'simulators'),
      SIM_SEED: `${Number.parseInt(seed, 36) % 1e9 || 1}`,
      ...Object.fromEntries(
        services.map((name, index) => [`${name.toUpperCase()}_PORT`, `${servicePorts[index]}`]),
      ),
    },
    `${serviceUrls.payments}/livez`,
  );
  const apis: Target[] = [];
  const workers: Target[] = [];
  const apiUrls: string[] = [];
  for (const number of [1, 2]) {
    const [port, metrics, health] = await ports(3);
    const url = `http://127.0.0.1:${port}`;
    const apiEnv = { PORT: `${port}`, METRICS_PORT: `${metrics}` };
    apiUrls.push(url);
    apis.push(program(`api-${number}`, 'dist/src/api/server.js', apiEnv, `${url}/livez`));
    const workerEnv = { HEALTH_PORT: `${health}` };
    const live = `http://127.0.0.1:${health}/livez`;
    workers.push(program(`worker-${number}`, 'dist/src/worker.js', workerEnv, live));
  }
  await Promise.all([simulators, ...apis, ...workers].map((target) => target.start()));

  const connection = await Connection.connect({ address: temporalAddress });
  const mongo = await mongoose.mongo.MongoClient.connect(mongodbUri);
  const keys = await connectStore(mongodbUri);
  const settings = loadKeysConfig({ ...shared, MONGODB_URI: mongodbUri });
  const dataConverter = createDataConverter(settings, keys);
  return {
    apis: apiUrls as [string, string],
    serviceUrls,
    targets: [...SERVERS.map((name) => serverTarget(own, name)), simulators, ...apis, ...workers],
    proxies,
    temporal: new Client({ connection, dataConverter }),
    database: mongo.db(),
    events,
    tokenOf: (user, role = 'user') => signToken(auth, user, role),
    async stop() {
      await Promise.all([mongo.close(), keys.close(), connection.close()].map(ignored));
      await supervisor.stopAll(0);
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
      await own.stop();
    },
  };
}

const ignored = (promise: Promise<unknown>) => promise.catch(() => undefined);

async function ports(count: number): Promise<number[]> {
  const claims = await Promise.all(Array.from({ length: count }, () => freePort()));
  return claims.map(({ port }) => port);
}

function serverTarget(own: Awaited<ReturnType<typeof startOwnServers>>, name: OwnServer): Target {
  return {
    name,
    kill: () => own.kill(name),
    freeze: () => own.freeze(name),
    thaw: () => own.thaw(name),
    start: () => own.start(name),
  };
}

interface ProgramOptions {
  name: string;
  script: string;
  env: Record<string, string>;
  readyUrl: string;
  folder: string;
  supervisor: ReturnType<typeof createSupervisor>;
}

function programTarget(options: ProgramOptions): Target {
  const { name, script, env, readyUrl, folder, supervisor } = options;
  let running: ManagedProcess | undefined;
  let starts = 0;
  const signal = (what: NodeJS.Signals) => running?.pid && signalGroup(running.pid, what);
  return {
    name,
    async kill() {
      signal('SIGKILL');
      await running?.exited;
    },
    freeze: () => void signal('SIGSTOP'),
    thaw: () => void signal('SIGCONT'),
    async start() {
      starts += 1;
      running = supervisor.spawn({
        name,
        command: process.execPath,
        args: [script],
        env: { ...process.env, ...env },
        logFile: join(folder, 'logs', `${name}.${starts}.log`),
      });
      const what = `${name} to be alive`;
      await waitFor(async () => (await fetch(readyUrl)).ok, {
        ...{ timeoutMs: START_MS, what, process: running },
      });
    },
  };
}
