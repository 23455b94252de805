import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';

type Fetch = (request: Request) => Response | Promise<Response>;

export interface ListeningServer {
  port: number;
  /** Answers what is under way, for so many milliseconds at most, then closes. */
  stop(graceMs?: number): Promise<void>;
}

/** Longer than load balancers keep a connection idle (60 s): they close it, and lose no request. */
const KEEP_ALIVE_MS = 65_000;
const GRACE_MS = 1_000;
const IDLE_CHECK_MS = 50;
/** More than any browser, proxy or library sends before it reads; who does would be served before all others. */
const UNANSWERED = 10;

/**
 * Serves a Hono app over HTTP, with bounds on how long a client may take to send a request. An
 * answer may take as long as it likes, as an event stream does.
 */
export async function listen(
  fetch: Fetch,
  options: { port: number; host: string; maxConnections?: number },
): Promise<ListeningServer> {
  const server = createServer(
    {
      ...{ headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 },
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    withoutPipelines(getRequestListener(fetch)),
  );
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return { port: portOf(server), stop: (graceMs = GRACE_MS) => close(server, graceMs) };
}

/** Ends connections that send requests one after the other without waiting for answers. */
function withoutPipelines(listener: RequestListener): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > UNANSWERED) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that is kept alive becomes idle only once its request is answered.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
}
