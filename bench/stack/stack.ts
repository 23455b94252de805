import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import mongoose from 'mongoose';
import { developmentAuth, signToken } from '../../dev/launcher/credentials.ts';
import { ensureSearchAttributes } from '../../dev/search-attributes.ts';
import { startServers } from '../../dev/servers/servers.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { createSender, type Send } from './http.ts';
import { createPlacer, type Place } from './place.ts';
import { type BenchContext, type BenchProgram, freeAddress, startProgram } from './programs.ts';
import { startBenchSimulators } from './simulators.ts';

/** What is measured: the orders service, or the baseline under it. */
export interface BenchSubject {
  place: Place;
  send: Send;
  /** The name of its API's process, and where it is. */
  api: string;
  url: string;
  worker: BenchProgram;
}

export interface BenchStack {
  orders: BenchSubject;
  baseline: BenchSubject;
  paymentsUrl: string;
  tokenOf(user: string, role?: 'user' | 'admin'): Promise<string>;
  /** The variables of the programs. */
  settings: BenchProgram['settings'];
  temporal: Client;
  database: mongoose.mongo.Db;
  close(): Promise<void>;
}

interface Options extends BenchContext {
  say: (text: string) => void;
  /** Where V8's CPU profiles go, if they are wanted. */
  profiles: string | undefined;
  /** Variables of the API that make the policy of its orders. */
  policy: Record<string, string>;
}

/** Whose orders are placed. */
export const USER = 'ana';
const TSX = ['--import', 'tsx'];

/** Starts everything: servers with data of their own, and each program as a process of its own. */
export async function startBenchStack(options: Options): Promise<BenchStack> {
  const { dataDir, processes, env, say, profiles, policy } = options;
  const [servers, services] = await Promise.all([
    startServers({
      ...{ dataDir, env, processes, ports: 'free', database: 'orders' },
      report: ({ server, phase, detail }) => say([server, phase, detail].filter(Boolean).join(' ')),
    }),
    startBenchSimulators(options),
  ]);
  const { address } = servers.temporal;
  const connection = await Connection.connect({ address });
  await Promise.all([
    migrate(servers.mongodb.uri, 'up'),
    ensureSearchAttributes(connection, 'default'),
  ]);

  const auth = developmentAuth(env, dataDir);
  const tokenOf = (user: string, role = 'user') => signToken(auth, user, role);
  const token = await tokenOf(USER);
  const hasAll = servers.missing.length === 0;
  const settings = {
    ...services,
    ...policy,
    NODE_ENV: hasAll ? 'production' : 'development',
    LOG_LEVEL: 'warn',
    MONGODB_URI: servers.mongodb.uri,
    // The bench reads what workflows answer, and the baseline's worker has no codec.
    TEMPORAL_PAYLOAD_ENCRYPTION: 'off',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_UI_URL: servers.temporal.uiUrl,
    REDIS_URL: servers.redis?.url,
    RABBITMQ_URL: servers.rabbitmq?.url,
    EVENTS_FILE: join(dataDir, 'events.jsonl'),
    WORKFLOW_BUNDLE: 'dist/src/workflow-bundle.cjs',
    METRICS_PORT: '0',
    RATE_LIMIT_USER_PER_MINUTE: '1000000000',
    RATE_LIMIT_PLACEMENTS_PER_MINUTE: '1000000000',
    UNPAID_ORDERS_PER_USER: '1000000000',
    DECLINES_PER_USER_AND_HOUR: '1000000000',
    JWT_SECRET: auth.secret,
    JWT_ISSUER: auth.issuer,
    JWT_AUDIENCE: auth.audience,
  };
  const [orders, baseline] = await Promise.all([
    startSubject('', ['dist/src/worker.js'], 'orders', [201, 202]),
    // Its workflow ends without an order, and the API says so.
    startSubject('baseline-', [...TSX, 'bench/baseline/worker.ts'], 'baseline', [409]),
  ]);
  const mongo = await mongoose.mongo.MongoClient.connect(servers.mongodb.uri);

  return {
    orders,
    baseline,
    tokenOf,
    settings,
    paymentsUrl: services.PAYMENTS_SERVICE_URL,
    temporal: new Client({ connection }),
    database: mongo.db(),
    async close() {
      await Promise.all([mongo.close(), connection.close()]);
    },
  };

  async function startSubject(
    prefix: string,
    script: string[],
    queue: string,
    accepted: number[],
  ): Promise<BenchSubject> {
    const [api, health] = await Promise.all([freeAddress(), freeAddress()]);
    const common = { ...settings, TEMPORAL_TASK_QUEUE: queue };
    const profile =
      profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=500', '--cpu-prof-dir'];
    const profiling = (name: string) => (profiles === undefined ? [] : [join(profiles, name)]);
    const node = (name: string, args: string[]) => [...profile, ...profiling(name), ...args];
    const worker = {
      name: `${prefix}worker`,
      command: node(`${prefix}worker`, script),
      settings: { ...common, HEALTH_PORT: health.port },
      readyUrl: `${health.url}/readyz`,
    };
    const server = {
      name: `${prefix}api`,
      command: node(`${prefix}api`, ['dist/src/api/server.js']),
      settings: { ...common, PORT: api.port },
      readyUrl: `${api.url}/readyz`,
    };
    await Promise.all([startProgram(options, server), startProgram(options, worker)]);
    const send = createSender(api.url);
    const place = createPlacer(send, { user: USER, token, accepted });
    return { place, send, api: server.name, url: api.url, worker };
  }
}
