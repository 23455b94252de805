import { Client, Connection } from '@temporalio/client';
import { type ApiConfig, loadApiConfig, orderPolicy } from '../config.ts';
import { listen } from '../http-server.ts';
import { createLogger } from '../log.ts';
import { pricingSettings } from '../pricing-config.ts';
import { type Program, runAsProgram } from '../program.ts';
import { connectStore } from '../store/connection.ts';
import { assertMigrated, databaseOf } from '../store/migrations.ts';
import { OrderQueries } from '../store/order-queries.ts';
import { createApp } from './app.ts';
import { OrderWorkflows } from './order-workflows.ts';

/** Starts the API: connects, checks the database's schema, and listens. */
export async function startApi(config: ApiConfig): Promise<Program> {
  const log = createLogger('api', config.LOG_LEVEL);
  const { connectionOptions, namespace } = config.temporal;
  const temporal = Connection.lazy(connectionOptions);
  const database = await connectStore(config.MONGODB_URI);
  await assertMigrated(databaseOf(database));

  const app = createApp({
    auth: config,
    workflows: new OrderWorkflows({
      client: new Client({ connection: temporal, namespace }),
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      deadlineMs: config.PLACEMENT_DEADLINE_MS,
      uiUrl: config.TEMPORAL_UI_URL,
    }),
    store: new OrderQueries(database),
    policy: orderPolicy(config),
    pricing: pricingSettings(config),
    ready: async () => database.readyState === 1,
    log,
  });
  const server = await listen(app.fetch, { port: config.PORT, host: config.HOST });
  log.info({ port: server.port }, 'the API listens');

  return {
    async stop() {
      await server.stop();
      await Promise.all([temporal.close(), database.close()]);
      log.info('the API stopped');
    },
  };
}

await runAsProgram(import.meta.url, async () => startApi(loadApiConfig()));
