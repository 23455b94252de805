import { Client } from '@temporalio/client';
import {
  DefaultLogger,
  type LogEntry,
  type MetricsExporterConfig,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { Hono } from 'hono';
import { createActivities } from './activities/activities.ts';
import { createDeskActivities } from './activities/desk.ts';
import { createReconcileActivities } from './activities/reconcile.ts';
import { measureProgress } from './activities/reconcile-progress.ts';
import { traceActivity } from './activities/trace.ts';
import { loadWorkerConfig, type WorkerConfig } from './config.ts';
import { listen } from './http-server.ts';
import { createLogger, type Logger } from './log.ts';
import { keepEnsuring } from './long-lived.ts';
import { metricsApp } from './metrics.ts';
import { type Program, runAsProgram } from './program.ts';
import { cacheUsers, createAuthService } from './services/auth.ts';
import { type Cache, createCache } from './services/cache.ts';
import { createFilePublisher, createRabbitPublisher } from './services/events.ts';
import { consumeInvalidations } from './services/invalidation.ts';
import { createInventoryService } from './services/inventory.ts';
import { createPaymentsService } from './services/payments.ts';
import { cacheProducts, createProductsService } from './services/products.ts';
import { connectStore } from './store/connection.ts';
import { assertMigrated, databaseOf } from './store/migrations.ts';
import { OrderStore } from './store/order-store.ts';
import { ReconcileStore } from './store/reconcile-store.ts';
import { sdkMetrics } from './temporal-metrics.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

/**
 * Starts the worker: it hosts the orders' workflows and their steps. The SDK's own metrics, if they
 * can be read, are served with the worker's.
 */
export async function startWorker(
  config: WorkerConfig,
  readSdkMetrics?: () => Promise<string>,
): Promise<Program> {
  const log = createLogger('worker', config.LOG_LEVEL);
  const connecting = NativeConnection.connect(config.temporal.connectionOptions);
  const resources = await openResources(config, log);
  const connection = await connecting;
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    activities: {
      ...createActivities(resources),
      ...createDeskActivities({ uiUrl: config.TEMPORAL_UI_URL }),
      ...createReconcileActivities(resources),
    },
    interceptors: { activity: [traceActivity] },
    workflowBundle: await workflowBundle(config),
    shutdownGraceTime: config.SHUTDOWN_GRACE_MS,
    stickyQueueScheduleToStartTimeout: '1s',
    maxHeartbeatThrottleInterval: '500ms',
  });
  const health = await listen(healthOf(worker).route('/', metricsApp(readSdkMetrics)).fetch, {
    port: config.HEALTH_PORT,
    host: config.HOST,
  });
  const running = worker.run();
  log.info({ taskQueue: config.TEMPORAL_TASK_QUEUE }, 'the worker runs');
  const stopping = new AbortController();
  if (hasLongLived(config)) {
    const client = new Client({ connection, namespace: config.temporal.namespace });
    const { TEMPORAL_TASK_QUEUE: taskQueue, RECONCILE_EVERY_MS: reconcileEveryMs } = config;
    // Not waited for: orders matter more than their desk.
    void keepEnsuring(client, { taskQueue, reconcileEveryMs }, { log, signal: stopping.signal });
  }

  return {
    ended: running,
    async stop() {
      stopping.abort();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await Promise.all([health.stop(), connection.close(), resources.close()]);
      log.info('the worker stopped');
    },
  };
}

async function openResources(config: WorkerConfig, log: Logger) {
  const database = await connectStore(config.MONGODB_URI);
  await assertMigrated(databaseOf(database));
  const resetMs = config.BREAKER_RESET_MS;
  const cache = createCache(config.REDIS_URL, log);
  const auth = cacheUsers(createAuthService(config.AUTH_SERVICE_URL, resetMs), cache);
  const products = cacheProducts(
    createProductsService(config.PRODUCTS_SERVICE_URL, resetMs),
    cache,
  );
  const inventory = createInventoryService(config.INVENTORY_SERVICE_URL, resetMs);
  const payments = createPaymentsService(config.PAYMENTS_SERVICE_URL, {
    resetMs,
    chargeResetMs: config.CHARGE_BREAKER_RESET_MS,
  });
  const invalidations = listenForChanges(config, cache, log);
  const events =
    config.RABBITMQ_URL === undefined
      ? createFilePublisher(config.EVENTS_FILE)
      : createRabbitPublisher(config.RABBITMQ_URL, log);
  const store = new OrderStore(database);
  const reconcileStore = new ReconcileStore(database);
  measureProgress(reconcileStore);

  async function close(): Promise<void> {
    for (const service of [auth, products, inventory, payments]) service.close();
    await Promise.all([invalidations?.close(), events.close(), database.close()]);
    cache.close();
  }
  return { auth, products, inventory, payments, events, store, reconcileStore, close };
}

function listenForChanges(config: WorkerConfig, cache: Cache, log: Logger) {
  const { RABBITMQ_URL: url, REDIS_URL, INVALIDATION_EXCHANGE: exchange } = config;
  if (url === undefined) return undefined;
  const shared = `${config.TEMPORAL_TASK_QUEUE}.cache-invalidation`;
  const queue = REDIS_URL === undefined ? undefined : shared;
  return consumeInvalidations({ url, exchange, queue, cache, log });
}

function hasLongLived({ LONG_LIVED, NODE_ENV }: WorkerConfig): boolean {
  return LONG_LIVED === undefined ? NODE_ENV !== 'test' : LONG_LIVED === 'on';
}

async function workflowBundle({ WORKFLOW_BUNDLE: codePath }: WorkerConfig) {
  return codePath === undefined ? bundleWorkflows() : { codePath };
}

function healthOf(worker: Worker): Hono {
  const app = new Hono();
  app.get('/livez', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) => {
    const ready = worker.getState() === 'RUNNING';
    return context.json({ status: ready ? 'ok' : 'unavailable' }, ready ? 200 : 503);
  });
  return app;
}

/** Sends what the SDK logs to the worker's own log. Once for a process, before all else. */
function installRuntime(config: WorkerConfig, metrics: MetricsExporterConfig): void {
  const log = createLogger('temporal', config.LOG_LEVEL);
  const levels = {
    TRACE: 'trace',
    DEBUG: 'debug',
    INFO: 'debug',
    WARN: 'warn',
    ERROR: 'error',
  } as const;
  const write = ({ level, message, meta }: LogEntry) => log[levels[level]](meta ?? {}, message);
  Runtime.install({
    logger: new DefaultLogger('INFO', write),
    shutdownSignals: [],
    telemetryOptions: { metrics },
  });
}

await runAsProgram(import.meta.url, async () => {
  const config = loadWorkerConfig();
  const metrics = await sdkMetrics();
  installRuntime(config, metrics.options);
  return startWorker(config, metrics.read);
});
