import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Hono } from 'hono';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { listen } from '../../src/platform/http-server.ts';
import { runAsProgram } from '../../src/platform/lifecycle.ts';

// A worker like the orders' own, for a workflow that does nothing.
await runAsProgram(import.meta.url, async () => {
  const config = loadWorkerConfig();
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
  const connection = await NativeConnection.connect(config.temporal.connectionOptions);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
    maxConcurrentWorkflowTaskExecutions: config.WORKFLOW_TASK_SLOTS,
    maxCachedWorkflows: config.CACHED_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const app = new Hono().get('/readyz', (context) => context.text('ok'));
  const health = await listen(app.fetch, { port: config.HEALTH_PORT, host: config.HOST });
  const running = worker.run();

  return {
    ended: running,
    async stop() {
      worker.shutdown();
      await running;
      await Promise.all([health.stop(), connection.close()]);
    },
  };
});
