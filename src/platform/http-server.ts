import { once } from 'node:events';
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';

/** What is answered to a request whose headers are too large to be read. */
type HeadersTooLarge = () => { type: string; body: string };
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
  options: {
    port: number;
    host: string;
    maxConnections?: number;
    headersTooLarge?: HeadersTooLarge;
  },
): Promise<ListeningServer> {
  const server = createServer(
    {
      ...{ headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 },
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    withoutPipelines(getRequestListener(fetch)),
  );
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  const { headersTooLarge } = options;
  if (headersTooLarge) server.on('clientError', refuseUnreadable(headersTooLarge));
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

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers as Node does by itself, which it leaves to whoever listens; 431 with a body. */
function refuseUnreadable(headersTooLarge: HeadersTooLarge) {
  return (
    error: NodeJS.ErrnoException,
    socket: Duplex & { _httpMessage?: { headersSent: boolean } },
  ) => {
    // An answer that has begun must not go on with another one.
    if (!socket.writable || socket._httpMessage?.headersSent) return void socket.destroy(error);
    const status = STATUS_OF[error.code ?? ''] ?? 400;
    const { type, body } = status === 431 ? headersTooLarge() : { type: '', body: '' };
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(type ? [`Content-Type: ${type}`, 'Cache-Control: no-store'] : []),
    ];
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
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
