import { freePort } from '../../../dev/processes/ports.ts';
import { testAuth, token } from '../api/tokens.ts';
import type { Stack } from '../stack.ts';
import { startOutside } from './outside.ts';

/** An API and a worker in processes of their own, on the servers of a stack that has no worker. */
export async function startPrograms(
  stack: Pick<Stack, 'workerEnv'>,
  env: Record<string, string> = {},
) {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [port = 0, metricsPort = 0, healthPort = 0] = ports.map((claim) => claim.port);
  const given = {
    ...stack.workerEnv,
    ...testAuth,
    RETRY_INITIAL_MS: '50',
    RETRY_MAX_MS: '200',
    RETRY_MS: '500',
    STUCK_INITIAL_MS: '3600000',
    STUCK_MAX_MS: '3600000',
    PLACEMENT_DEADLINE_MS: '25000',
    PORT: `${port}`,
    METRICS_PORT: `${metricsPort}`,
    HEALTH_PORT: `${healthPort}`,
    ...env,
  };
  const url = `http://127.0.0.1:${port}`;
  const workerUrl = `http://127.0.0.1:${healthPort}`;
  const [api, worker] = await Promise.all([
    startOutside('src/api/server.ts', given, `${url}/readyz`),
    startOutside('src/worker.ts', given, `${workerUrl}/readyz`),
  ]);
  const scrape = async (from: string) => (await fetch(`${from}/metrics`)).text();
  return {
    api,
    worker,
    /** Where they serve their metrics. */
    metricsPorts: { api: metricsPort, worker: healthPort },
    /** What both serve at /metrics now. */
    scrapeApi: () => scrape(`http://127.0.0.1:${metricsPort}`),
    scrapeWorker: () => scrape(workerUrl),
    async request(path: string, options: ProgramRequest = {}): Promise<Response> {
      const { method = 'GET', body, sub, role, headers } = options;
      return fetch(`${url}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${await token({ sub, role })}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    },
    async kill() {
      await Promise.all([api.kill(), worker.kill()]);
    },
  };
}

export type Programs = Awaited<ReturnType<typeof startPrograms>>;

interface ProgramRequest {
  method?: string;
  body?: unknown;
  sub?: string;
  role?: string;
  headers?: Record<string, string>;
}
