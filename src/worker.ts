import { hostname } from 'node:os';
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
import { createDeliveryActivities } from './activities/delivery.ts';
import { createErasureActivities } from './activities/erasure.ts';
import { activitySpan } from './activities/interceptors/activity-span.ts';
import { readAttemptInfo } from './activities/interceptors/attempt-info.ts';
import { countAttempts } from './activities/interceptors/count-attempts.ts';
import { createActivities } from './activities/order.ts';
import { createReconcileActivities } from './activities/reconciler/reconciler.ts';
import { createRefundActivities } from './activities/refund.ts';
import { measureStuck } from './activities/stuck-orders/stuck-metric.ts';
import { createStuckOrdersActivities } from './activities/stuck-orders/stuck-orders.ts';
import { StuckSurvey } from './activities/stuck-orders/survey.ts';
import { workflowBundle } from './commands/bundle-workflows.ts';
import { loadWorkerConfig, type WorkerConfig } from './config/config.ts';
import { TIME_BUCKETS } from './contract/order-metrics.ts';
import { isGrpcDenial } from './platform/grpc-errors.ts';
import { listen } from './platform/http-server.ts';
import { type Program, runAsProgram } from './platform/lifecycle.ts';
import { createLogger } from './platform/logger.ts';
import { metricsApp } from './platform/metrics.ts';
import { sdkMetrics } from './platform/temporal-metrics.ts';
import { exportSpans } from './platform/tracing/exporter.ts';
import { untilAvailable } from './platform/until-available.ts';
import { VERSION } from './platform/version.ts';
import { openResources } from './worker/resources.ts';
import { keepSystemWorkflows } from './worker/system-workflows.ts';

/** How long an activity that ignores its cancellation is waited for, after the grace period. */
const FORCE_MS = 3_000;
/** For closing connections, after that. */
const CLOSE_MS = 1_000;

/**
 * Starts the worker: it hosts the orders' workflows and their steps. While it waits for Temporal or
 * MongoDB, it is alive and not ready. The SDK's own metrics, if they can be read, are served with the
 * worker's.
 */
export async function startWorker(
  config: WorkerConfig,
  readSdkMetrics?: () => Promise<string>,
): Promise<Program> {
  const log = createLogger('worker', config.LOG_LEVEL);
  const tracing = exportSpans('orders-worker', config.OTEL_EXPORTER_OTLP_ENDPOINT, log);
  const stopping = new AbortController();
  const { signal } = stopping;
  let worker: Worker | undefined;
  const isReady = () => worker?.getState() === 'RUNNING';
  const health = await listen(healthOf(isReady).route('/', metricsApp(readSdkMetrics)).fetch, {
    port: config.HEALTH_PORT,
    host: config.HOST,
  });
  const opening = [
    openResources(config, log, signal),
    untilAvailable('Temporal', () => connectTemporal(config), {
      // All but settings that cannot be right: a namespace may not be there yet.
      ...{ log, signal },
      isOutage: (error) => !(error instanceof TypeError) && !isGrpcDenial(error),
    }),
  ] as const;
  const closeAll = async () => {
    stopping.abort();
    const opened = await Promise.allSettled(opening);
    const closing = opened.map((it) => (it.status === 'fulfilled' ? it.value.close() : undefined));
    await Promise.all([health.stop(), tracing.stop(), ...closing]);
  };

  try {
    const [resources, connection] = await Promise.all(opening);
    worker = await createWorker(config, connection, resources);
    const running = worker.run();
    log.info({ taskQueue: config.TEMPORAL_TASK_QUEUE }, 'the worker runs');
    const client = new Client({
      ...{ connection, namespace: config.temporal.namespace },
      dataConverter: resources.dataConverter,
    });
    const { TEMPORAL_TASK_QUEUE: taskQueue, RECONCILE_EVERY_MS: reconcileEveryMs } = config;
    const survey = new StuckSurvey({ client, taskQueue });
    measureStuck(() => survey.take());
    if (hasSystemWorkflows(config)) {
      // Not waited for: orders matter more than their stuck-orders page.
      void keepSystemWorkflows(client, { taskQueue, reconcileEveryMs }, { log, signal });
    }
    return {
      ended: running,
      stopMs: config.SHUTDOWN_GRACE_MS + FORCE_MS + CLOSE_MS,
      async stop() {
        stopping.abort();
        if (isReady()) worker?.shutdown();
        await running.catch((error: unknown) => {
          log.error('steps under way did not end in time: stopping by force, they are repeated');
          throw error;
        });
        await closeAll();
        log.info('the worker stopped');
      },
    };
  } catch (error) {
    // Not waited for: a Temporal that is frozen would keep the process from ending.
    void closeAll().catch(() => undefined);
    throw error;
  }
}

async function connectTemporal({ temporal }: WorkerConfig): Promise<NativeConnection> {
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  try {
    await connection.workflowService.describeNamespace({
      namespace: temporal.namespace ?? 'default',
    });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function createWorker(
  config: WorkerConfig,
  connection: NativeConnection,
  resources: Awaited<ReturnType<typeof openResources>>,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    dataConverter: resources.dataConverter,
    ...versionOf(config),
    identity: identityOf(config),
    activities: {
      ...createActivities(resources),
      ...createRefundActivities(resources),
      ...createDeliveryActivities(resources),
      ...createStuckOrdersActivities({
        uiUrl: config.TEMPORAL_UI_URL,
        queries: resources.queries,
      }),
      ...createReconcileActivities(resources),
      ...createErasureActivities(resources),
    },
    interceptors: { activity: [activitySpan, countAttempts, readAttemptInfo] },
    workflowBundle: await workflowBundle(config),
    shutdownGraceTime: config.SHUTDOWN_GRACE_MS,
    shutdownForceTime: config.SHUTDOWN_GRACE_MS + FORCE_MS,
    // One thread works on workflow tasks, one after the other. Those that it holds age meanwhile, and
    // their timeout is 3 s: what it cannot take soon stays in the queue, where nothing ages.
    maxConcurrentWorkflowTaskExecutions: config.WORKFLOW_TASK_SLOTS,
    maxConcurrentActivityTaskExecutions: config.ACTIVITY_SLOTS,
    maxCachedWorkflows: config.CACHED_WORKFLOWS,
    // How long an order waits for a worker that was killed, before another takes it over.
    stickyQueueScheduleToStartTimeout: '1s',
    maxHeartbeatThrottleInterval: '500ms',
  });
}

/** Orders wait for days: they go on with whichever version is current. */
function versionOf({ WORKER_BUILD_ID: buildId, WORKER_DEPLOYMENT: deploymentName }: WorkerConfig) {
  if (buildId === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  } as const;
}

/** What the Web UI and histories call this process: which program, of which version, and where. */
function identityOf({ WORKER_BUILD_ID: buildId, WORKER_DEPLOYMENT: name }: WorkerConfig): string {
  const version = buildId === undefined ? VERSION : `${name}:${buildId}`;
  return `orders-worker ${version} ${hostname()}:${process.pid}`;
}

function hasSystemWorkflows({ SYSTEM_WORKFLOWS, NODE_ENV }: WorkerConfig): boolean {
  return SYSTEM_WORKFLOWS === undefined ? NODE_ENV !== 'test' : SYSTEM_WORKFLOWS === 'on';
}

function healthOf(isReady: () => boolean): Hono {
  const app = new Hono();
  app.get('/livez', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) => {
    const ready = isReady();
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
  const metrics = await sdkMetrics(TIME_BUCKETS);
  installRuntime(config, metrics.options);
  return startWorker(config, metrics.read);
});
