import { Hono } from 'hono';
import { collectDefaultMetrics, register } from 'prom-client';

/** What a process counts and measures, for Prometheus to fetch; `more` is added as it is. */
export function metricsApp(more: () => Promise<string> = async () => ''): Hono {
  if (register.getSingleMetric('process_cpu_seconds_total') === undefined) collectDefaultMetrics();
  const app = new Hono();
  app.get('/metrics', async (context) => {
    const [own, others] = await Promise.all([register.metrics(), more().catch(() => '')]);
    return context.body(`${own}\n${others}`, 200, { 'Content-Type': register.contentType });
  });
  return app;
}
