import { setTimeout } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type ApiConfig, loadApiConfig, orderPolicy } from '../config/config.ts';
import { pricingSettings } from '../config/pricing.ts';
import { createDataConverter } from '../payloads/data-converter.ts';
import { listen } from '../platform/http-server.ts';
import { type Program, runAsProgram } from '../platform/lifecycle.ts';
import { createLogger } from '../platform/logger.ts';
import { metricsApp } from '../platform/metrics.ts';
import { connectRedis } from '../platform/redis.ts';
import { exportSpans } from '../platform/tracing/exporter.ts';
import { openStore } from '../store/open-store.ts';
import { OrderChanges } from '../store/order-changes.ts';
import { OrderQueries } from '../store/order-queries.ts';
import { createApp } from './app.ts';
import { OrderWorkflows } from './orders/order-workflows.ts';
import { workflowSpans } from './orders/workflow-spans.ts';
import { headersTooLarge } from './problems/headers-too-large.ts';
import { createReadiness } from './readiness.ts';
import { createStartingApp } from './starting-app.ts';
import { EventStreams } from './streams/event-streams.ts';

/** Time to close connections, after what is under way was answered or cut off. */
const CLOSE_MS = 2_000;

/**
 * Starts the API: listens, connects, and checks the database's schema. While it waits for MongoDB, it
 * is alive and not ready; Temporal need not be there.
 */
export async function startApi(config: ApiConfig): Promise<Program> {
  const log = createLogger('api', config.LOG_LEVEL);
  const tracing = exportSpans('orders-api', config.OTEL_EXPORTER_OTLP_ENDPOINT, log);
  const { connectionOptions, namespace } = config.temporal;
  const { HOST: host } = config;
  let app: Pick<ReturnType<typeof createApp>, 'fetch'> = createStartingApp(log);
  const metrics = await listen(metricsApp().fetch, { port: config.METRICS_PORT, host });
  const server = await listen((request) => app.fetch(request), {
    ...{ port: config.PORT, host, maxConnections: config.MAX_CONNECTIONS },
    headersTooLarge: headersTooLarge(log, config.PUBLIC_URL),
  });
  log.info({ port: server.port, metricsPort: metrics.port }, 'the API listens');

  const isTraced = config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  const database = await openStore(config.MONGODB_URI, { log, isTraced });
  const temporal = Connection.lazy(connectionOptions);
  const redis = config.REDIS_URL === undefined ? undefined : connectRedis(config.REDIS_URL, log);
  const changes = new OrderChanges(database, log);
  const streams = new EventStreams({
    ofUser: config.EVENT_STREAMS_PER_USER,
    inAll: config.EVENT_STREAMS,
  });
  let isStopping = false;
  const waiting = new AbortController();

  app = createApp({
    config,
    workflows: new OrderWorkflows({
      client: new Client({
        ...{ connection: temporal, namespace },
        dataConverter: createDataConverter(config, database),
        ...(isTraced && { interceptors: { workflow: [workflowSpans] } }),
      }),
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      deadlineMs: config.PLACEMENT_DEADLINE_MS,
      stopping: waiting.signal,
      uiUrl: config.TEMPORAL_UI_URL,
    }),
    store: new OrderQueries(database),
    changes,
    streams,
    redis,
    policy: orderPolicy(config),
    pricing: pricingSettings(config),
    isStopping: () => isStopping,
    connections: createReadiness({
      mongodb: database,
      temporal,
      namespace: namespace ?? 'default',
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      redis,
    }),
    log,
  });
  log.info('the API is ready');

  return {
    stopMs: config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_GRACE_MS + CLOSE_MS,
    async stop() {
      isStopping = true;
      await setTimeout(config.SHUTDOWN_DELAY_MS);
      streams.endAll();
      waiting.abort();
      await server.stop(config.SHUTDOWN_GRACE_MS);
      changes.close();
      redis?.disconnect();
      await Promise.all([metrics.stop(), temporal.close(), database.close(), tracing.stop()]);
      log.info('the API stopped');
    },
  };
}

await runAsProgram(import.meta.url, async () => startApi(loadApiConfig()));
