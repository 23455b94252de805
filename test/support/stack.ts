import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { type Simulators, startSimulators } from '../../simulators/simulators.ts';
import { type ApiDeps, createApp } from '../../src/api/app.ts';
import { OrderWorkflows } from '../../src/api/orders/order-workflows.ts';
import { EventStreams } from '../../src/api/streams/event-streams.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { loadWorkerConfig } from '../../src/config/config.ts';
import type { OrderPolicy } from '../../src/contract/order.ts';
import { defaultPricing, type PricingSettings } from '../../src/domain/pricing/price-order.ts';
import { createDataConverter } from '../../src/payloads/data-converter.ts';
import { createLogger, type Logger } from '../../src/platform/logger.ts';
import { connectRedis } from '../../src/platform/redis.ts';
import { connectStore } from '../../src/store/connection.ts';
import { databaseOf } from '../../src/store/migrations.ts';
import { OrderChanges } from '../../src/store/order-changes.ts';
import { OrderQueries } from '../../src/store/order-queries.ts';
import { startWorker } from '../../src/worker.ts';
import { testAuth } from './api/tokens.ts';
import { openEventLog } from './events/events.ts';
import { type TestServers, testServers } from './servers/servers.ts';

// A test that loses tasks would else fill the output with what the SDK thinks of it.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

export type Stack = Awaited<ReturnType<typeof startStack>>;

/**
 * The whole service in this process, on the run's real servers: an API, a worker on a task queue
 * of its own, a database of its own, and the downstream services.
 */
export async function startStack(overrides: Partial<OrderPolicy> = {}, options: StackOptions = {}) {
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
  };
  try {
    return { ...(await open((close) => opened.push(close), overrides, options)), stop: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface StackOptions {
  /** Without it, no worker runs: the test starts its own with `workerEnv`. */
  worker?: boolean;
  /** How long a POST may take before it answers 202; long, so that a busy machine fails no test. */
  deadlineMs?: number;
  /** Servers of the test's own, for one that it stops. */
  servers?: Partial<TestServers>;
  pricing?: PricingSettings;
  /** TEMPORAL_PAYLOAD_KEYS; without them, nothing in Temporal is encrypted. */
  payloadKeys?: string;
  /** Whether workers of other code run on it: then its histories are not replayed with that of today. */
  changesCode?: boolean;
  /** Of the API; without it, nothing is logged. */
  log?: Logger;
}

/** Short enough that a test sees every stage of a step. */
export const policy: OrderPolicy = {
  retryInitialMs: 50,
  retryMaxMs: 200,
  retryMs: 500,
  stuckInitialMs: 3_600_000,
  stuckMaxMs: 3_600_000,
  transferPollMs: 200,
  transferExpiryMs: 60_000,
};

/** No test is slowed down by a limit that it did not set. */
const apiConfig: ApiDeps['config'] = {
  ...testAuth,
  RATE_LIMIT_USER_PER_MINUTE: 1_000_000,
  RATE_LIMIT_ADMIN_PER_MINUTE: 1_000_000,
  RATE_LIMIT_PLACEMENTS_PER_MINUTE: 1_000_000,
  PLACEMENTS_IN_FLIGHT: 1_000_000,
  UNPAID_ORDERS_PER_USER: 1_000_000,
  DECLINES_PER_USER_AND_HOUR: 1_000_000,
  WITHDRAWAL_MS: 1_209_600_000,
  CORS_ORIGINS: [],
};

async function open(
  onStop: (close: () => Promise<unknown>) => void,
  overrides: Partial<OrderPolicy>,
  options: StackOptions,
) {
  const servers = { ...testServers(), ...options.servers };
  const taskQueue = `test-${randomUUID()}`;
  const mongodbUri = servers.mongodbUri.replace(/\/orders(?=$|\?)/, `/${taskQueue}`);
  const eventsFile = `${servers.dataDir}/${taskQueue}.jsonl`;

  const simulators = await startSimulators();
  onStop(() => simulators.stop());
  const database = await connectStore(mongodbUri);
  onStop(() => database.close());
  const { db } = databaseOf(database);
  await migrate(mongodbUri, 'up');
  onStop(() => db.dropDatabase());
  const temporal = await Connection.connect({ address: servers.temporalAddress });
  onStop(() => temporal.close());
  const events = await openEventLog(servers.rabbitmqUrl, eventsFile);
  onStop(() => events.close());
  const workerEnv = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    HEALTH_PORT: '0',
    MONGODB_URI: mongodbUri,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    TEMPORAL_TASK_QUEUE: taskQueue,
    WORKFLOW_BUNDLE: servers.workflowBundle,
    TEMPORAL_PAYLOAD_KEYS: options.payloadKeys,
    // A key prefix in the URL wins over the service's own.
    REDIS_URL: servers.redisUrl && `${servers.redisUrl}?keyPrefix=${taskQueue}:`,
    RABBITMQ_URL: servers.rabbitmqUrl,
    EVENTS_FILE: eventsFile,
    BREAKER_RESET_MS: '50',
    CHARGE_BREAKER_RESET_MS: '50',
    ...serviceUrls(simulators),
  };
  const workerConfig = loadWorkerConfig(workerEnv);
  if (options.worker !== false) {
    const worker = await startWorker(workerConfig);
    onStop(() => worker.stop());
  }

  const dataConverter = createDataConverter(workerConfig, database);
  const client = new Client({ connection: temporal, dataConverter });
  onStop(async () => {
    if (options.changesCode === true) return;
    await expectReplayable(client, taskQueue, servers.workflowBundle, dataConverter);
  });
  const store = new OrderQueries(database);
  const log = options.log ?? createLogger('test', 'silent');
  const { REDIS_URL } = workerEnv;
  const redis = REDIS_URL === undefined ? undefined : connectRedis(REDIS_URL, log);
  onStop(async () => redis?.disconnect());
  const changes = new OrderChanges(database, log);
  onStop(async () => changes.close());
  const deps: ApiDeps = {
    config: apiConfig,
    workflows: new OrderWorkflows({ client, taskQueue, deadlineMs: options.deadlineMs ?? 25_000 }),
    store,
    changes,
    streams: new EventStreams(),
    redis,
    policy: { ...policy, ...overrides },
    pricing: options.pricing ?? defaultPricing,
    isStopping: () => false,
    connections: async () => ({}),
    log,
  };
  return {
    app: createApp(deps),
    deps,
    client,
    simulators,
    store,
    taskQueue,
    db,
    events,
    workerEnv,
  };
}

function serviceUrls({ urls }: Simulators) {
  return {
    AUTH_SERVICE_URL: urls.auth,
    PRODUCTS_SERVICE_URL: urls.products,
    INVENTORY_SERVICE_URL: urls.inventory,
    PAYMENTS_SERVICE_URL: urls.payments,
  };
}

/** Whatever the tests did to their orders, a worker that takes them over must find its way. */
async function expectReplayable(
  client: Client,
  taskQueue: string,
  codePath: string,
  dataConverter: DataConverter,
) {
  const histories = client.workflow.list({ query: `TaskQueue = '${taskQueue}'` }).intoHistories();
  const replays = Worker.runReplayHistories(
    { workflowBundle: { codePath }, dataConverter },
    histories,
  );
  for await (const { workflowId, error } of replays) {
    if (!error) continue;
    const file = join(tmpdir(), `${workflowId}.history.json`);
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await writeFile(file, historyToJSON(history));
    throw new Error(`${workflowId} does not replay (its history: ${file}): ${error.message}`);
  }
}
