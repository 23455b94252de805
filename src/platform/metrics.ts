import { Hono } from 'hono';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { VERSION } from './version.ts';

new Gauge({
  name: 'orders_build_info',
  help: 'What runs: always 1',
  labelNames: ['version', 'node'],
}).set({ version: VERSION, node: process.version }, 1);

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
