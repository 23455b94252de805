import { join } from 'node:path';
import type { Supervisor } from '../processes/supervisor.ts';
import { waitFor } from '../processes/wait-for.ts';
import { SHOP_ORIGIN } from '../shop/origin.ts';
import type { DevelopmentAuth } from './credentials.ts';
import type { ProgramPorts } from './program-ports.ts';

export interface ProgramContext {
  env: NodeJS.ProcessEnv;
  dataDir: string;
  processes: Supervisor;
  auth: DevelopmentAuth;
  ports: ProgramPorts;
  watch: boolean;
}

/** Variables for a program; those without a value are left as they are. */
type Settings = Record<string, string | number | undefined>;

const START_MS = 60_000;
const BUNDLE_MS = 120_000;

/** Bundles the workflows, and answers the file; in watch mode the worker does it at each start. */
export async function makeWorkflowBundle(context: ProgramContext): Promise<string | undefined> {
  const { env, dataDir, processes, watch } = context;
  if (watch || env.WORKFLOW_BUNDLE) return env.WORKFLOW_BUNDLE;
  const file = join(dataDir, 'workflow-bundle.cjs');
  const args = ['--import', 'tsx', 'dev/launcher/bundle-workflows.ts', file];
  await processes.run({ command: process.execPath, args, env, timeoutMs: BUNDLE_MS });
  return file;
}

/**
 * Starts the four downstream services, and answers the variables that name their URLs. A service
 * whose URL is set is used instead of its simulator.
 */
export async function startSimulatorProgram(context: ProgramContext) {
  const { env } = context;
  const { AUTH_PORT, PRODUCTS_PORT, INVENTORY_PORT, PAYMENTS_PORT } = context.ports;
  await start(context, 'simulators', 'simulators/server.ts', urlOf(PAYMENTS_PORT, '/livez'), {
    ...{ AUTH_PORT, PRODUCTS_PORT, INVENTORY_PORT, PAYMENTS_PORT },
    SIM_DATA_DIR: join(context.dataDir, 'services'),
  });
  return {
    AUTH_SERVICE_URL: env.AUTH_SERVICE_URL || urlOf(AUTH_PORT),
    PRODUCTS_SERVICE_URL: env.PRODUCTS_SERVICE_URL || urlOf(PRODUCTS_PORT),
    INVENTORY_SERVICE_URL: env.INVENTORY_SERVICE_URL || urlOf(INVENTORY_PORT),
    PAYMENTS_SERVICE_URL: env.PAYMENTS_SERVICE_URL || urlOf(PAYMENTS_PORT),
  };
}

export async function startWorkerProgram(
  context: ProgramContext,
  settings: Settings,
): Promise<void> {
  const { HEALTH_PORT } = context.ports;
  const ready = urlOf(HEALTH_PORT, '/readyz');
  await start(context, 'worker', 'src/worker.ts', ready, { ...settings, HEALTH_PORT });
}

/** Starts the API and answers its URL. */
export async function startApiProgram(
  context: ProgramContext,
  settings: Settings,
): Promise<string> {
  const { auth, ports } = context;
  await start(context, 'api', 'src/api/server.ts', urlOf(ports.PORT, '/readyz'), {
    ...settings,
    PORT: ports.PORT,
    METRICS_PORT: ports.METRICS_PORT,
    JWT_SECRET: auth.secret,
    JWKS_URL: '', // The launcher signs its own tokens.
    JWT_ISSUER: auth.issuer,
    JWT_AUDIENCE: auth.audience,
    CORS_ORIGINS: context.env.CORS_ORIGINS || SHOP_ORIGIN,
  });
  return urlOf(ports.PORT);
}

async function start(
  context: ProgramContext,
  name: string,
  script: string,
  readyUrl: string,
  settings: Settings,
): Promise<void> {
  const set = Object.entries(settings).filter(([, value]) => value !== undefined);
  // Workflow code is bundled by the worker, not imported: so its files are named.
  const watching = ['node_modules/tsx/dist/cli.mjs', 'watch', '--include', 'src/**/*.ts', script];
  const program = context.processes.spawn({
    name,
    command: process.execPath,
    args: context.watch ? watching : ['--import', 'tsx', script],
    env: { ...context.env, ...Object.fromEntries(set.map(([key, value]) => [key, `${value}`])) },
    logFile: join(context.dataDir, 'logs', `${name}.log`),
  });
  await waitFor(async () => (await fetch(readyUrl)).ok, {
    timeoutMs: START_MS,
    what: `${name} to be ready`,
    process: program,
  });
}

function urlOf(port: number, path = ''): string {
  return `http://127.0.0.1:${port}${path}`;
}
