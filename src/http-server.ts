import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';

type Fetch = (request: Request) => Response | Promise<Response>;

export interface ListeningServer {
  port: number;
  /** Answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** Serves a Hono app over HTTP, with bounds on how long a client may take to send a request. */
export async function listen(
  fetch: Fetch,
  options: { port: number; host: string },
): Promise<ListeningServer> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 },
    getRequestListener(fetch),
  );
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return { port: portOf(server), stop: () => close(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}
