import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * The SDK's own metrics. It serves them on a port of its own, here one that only this machine
 * reaches; `read` gets them, so that a worker is one target for Prometheus.
 *
 * @param histogramBucketOverrides upper bounds, by the name of a metric
 */
export async function sdkMetrics(histogramBucketOverrides: Record<string, number[]>) {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  return {
    options: {
      prometheus: {
        ...{ bindAddress, histogramBucketOverrides },
        ...{ countersTotalSuffix: true, useSecondsForDurations: true },
      },
    },
    async read(): Promise<string> {
      const answer = await fetch(`http://${bindAddress}/metrics`, {
        signal: AbortSignal.timeout(2_000),
      });
      return answer.ok ? answer.text() : '';
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
