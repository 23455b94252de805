import { join } from 'node:path';
import { choosePort } from '../processes/ports.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { waitFor } from '../processes/wait-for.ts';
import type { Servers } from '../servers/servers.ts';
import type { DevelopmentAuth } from './credentials.ts';

export interface ProgramContext {
  env: NodeJS.ProcessEnv;
  dataDir: string;
  processes: Supervisor;
  auth: DevelopmentAuth;
  servers: Servers;
  namespace: string;
  watch: boolean;
}

const START_MS = 60_000;

/** Starts the four downstream services, and answers the variables that name their URLs. */
export async function startSimulators(context: ProgramContext): Promise<Record<string, string>> {
  const ports = {
    AUTH_PORT: await portOf(context, 'Auth', 'AUTH_PORT', 4001),
    PRODUCTS_PORT: await portOf(context, 'Products', 'PRODUCTS_PORT', 4002),
    INVENTORY_PORT: await portOf(context, 'Inventory', 'INVENTORY_PORT', 4003),
    PAYMENTS_PORT: await portOf(context, 'Payments', 'PAYMENTS_PORT', 4004),
  };
  await start(
    context,
    'simulators',
    'dev/services/server.ts',
    urlOf(ports.PAYMENTS_PORT, '/livez'),
    {
      ...ports,
      SIM_DATA_DIR: join(context.dataDir, 'services'),
    },
  );
  return {
    AUTH_SERVICE_URL: urlOf(ports.AUTH_PORT),
    PRODUCTS_SERVICE_URL: urlOf(ports.PRODUCTS_PORT),
    INVENTORY_SERVICE_URL: urlOf(ports.INVENTORY_PORT),
    PAYMENTS_SERVICE_URL: urlOf(ports.PAYMENTS_PORT),
  };
}

/** Services whose URL is set in the environment are used instead of their simulators. */
export async function startWorker(
  context: ProgramContext,
  services: Record<string, string>,
): Promise<void> {
  const { servers, dataDir, env } = context;
  const HEALTH_PORT = await portOf(context, "the worker's health", 'HEALTH_PORT', 3001);
  const chosen = Object.entries(services).map(([name, url]) => [name, env[name] || url]);
  await start(context, 'worker', 'src/worker.ts', urlOf(HEALTH_PORT, '/readyz'), {
    ...Object.fromEntries(chosen),
    ...connections(context),
    HEALTH_PORT,
    REDIS_URL: servers.redis?.url,
    RABBITMQ_URL: servers.rabbitmq?.url,
    EVENTS_FILE: env.EVENTS_FILE || join(dataDir, 'events.jsonl'),
  });
}

/** Starts the API and answers its URL. */
export async function startApi(context: ProgramContext): Promise<string> {
  const { auth } = context;
  const PORT = await portOf(context, 'the API', 'PORT', 3000);
  await start(context, 'api', 'src/api/server.ts', urlOf(PORT, '/readyz'), {
    ...connections(context),
    PORT,
    JWT_SECRET: auth.secret,
    JWT_ISSUER: auth.issuer,
    JWT_AUDIENCE: auth.audience,
  });
  return urlOf(PORT);
}

function connections({ servers, namespace }: ProgramContext) {
  return {
    MONGODB_URI: servers.mongodb.uri,
    TEMPORAL_ADDRESS: servers.temporal.address,
    TEMPORAL_NAMESPACE: namespace,
  };
}

async function portOf(
  { env }: ProgramContext,
  name: string,
  variable: string,
  fallback: number,
): Promise<number> {
  const set = env[variable];
  const choice = set ? { wanted: Number(set), explicit: variable } : { wanted: fallback };
  return (await choosePort({ name, ...choice })).port;
}

async function start(
  context: ProgramContext,
  name: string,
  script: string,
  readyUrl: string,
  settings: Record<string, string | number | undefined>,
): Promise<void> {
  const set = Object.entries(settings).filter(([, value]) => value !== undefined);
  const watching = ['node_modules/tsx/dist/cli.mjs', 'watch', '--include', 'src/**/*.ts', script];
  const process_ = context.processes.spawn({
    name,
    command: process.execPath,
    args: context.watch ? watching : ['--import', 'tsx', script],
    env: { ...context.env, ...Object.fromEntries(set.map(([key, value]) => [key, `${value}`])) },
    logFile: join(context.dataDir, 'logs', `${name}.log`),
  });
  await waitFor(async () => (await fetch(readyUrl)).ok, {
    timeoutMs: START_MS,
    what: `${name} to be ready`,
    process: process_,
  });
}

function urlOf(port: number, path = ''): string {
  return `http://127.0.0.1:${port}${path}`;
}
