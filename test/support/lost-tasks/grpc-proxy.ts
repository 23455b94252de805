import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** What becomes of a request: it goes on to the server, or is answered with a status of gRPC. */
export type Ruling = 'forward' | { status: number; message: string };

/** Decides about the requests to one method, by their message in protobuf. */
export type Judge = (message: Uint8Array) => Promise<Ruling>;

export interface GrpcProxy {
  /** Host and port. */
  address: string;
  close(): Promise<void>;
}

/**
 * Stands between a client of gRPC and its server. Requests to a method with a judge, by its path,
 * are held until the judge has decided; all others pass as they come.
 */
export async function startGrpcProxy(
  target: string,
  judges: Readonly<Record<string, Judge>>,
): Promise<GrpcProxy> {
  const clients = new Set<ServerHttp2Session>();
  const server = createServer();
  let session: ClientHttp2Session | undefined;

  /** The server ends its connections from time to time; what is under way on them goes on. */
  function upstream(): ClientHttp2Session {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(`http://${target}`);
      session.on('error', () => undefined);
    }
    return session;
  }

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const judge = judges[headers[':path'] ?? ''];
    if (judge === undefined) {
      stream.pipe(passOn(upstream(), stream, headers));
      return;
    }
    const body = await buffer(stream);
    const ruling = await judge(messageIn(body));
    if (stream.destroyed) return;
    if (ruling === 'forward') passOn(upstream(), stream, headers).end(body);
    else answer(stream, ruling);
  }

  server.on('session', (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    serve(stream, headers).catch((error: Error) => {
      if (!stream.destroyed) answer(stream, { status: INTERNAL, message: error.message });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    address: `127.0.0.1:${address.port}`,
    async close() {
      for (const client of clients) client.destroy();
      session?.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Codes of gRPC. */
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Sends a request on, and its answer back. The caller gives it its body. */
function passOn(
  session: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): ClientHttp2Stream {
  const request = session.request(headers, { endStream: false });
  const trailers = new Promise<IncomingHttpHeaders>((resolve) => {
    request.once('trailers', resolve);
  });
  request.once('response', (response, flags) => {
    if (stream.destroyed) return;
    if (flags & constants.NGHTTP2_FLAG_END_STREAM) {
      request.resume();
      stream.respond(response, { endStream: true });
      return;
    }
    stream.respond(response, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      void trailers.then((last) => stream.destroyed || stream.sendTrailers(last));
    });
    request.pipe(stream);
  });
  request.on('error', () => undefined);
  // The server closes its connections after some minutes, with the polls that wait on them.
  request.once('close', () => {
    if (stream.destroyed) return;
    if (!stream.headersSent) answer(stream, { status: UNAVAILABLE, message: 'connection closed' });
    else if (!stream.writableEnded) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  stream.once('close', () => request.close(constants.NGHTTP2_CANCEL));
  return request;
}

function answer(stream: ServerHttp2Stream, { status, message }: Exclude<Ruling, 'forward'>): void {
  const headers = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': `${status}`,
    'grpc-message': encodeURIComponent(message),
  };
  stream.respond(headers, { endStream: true });
}

/** The one message of a unary request: a flag for compression, a length, and the message. */
function messageIn(body: Buffer): Uint8Array {
  const message = body.subarray(5, 5 + body.readUInt32BE(1));
  return body.readUInt8(0) === 1 ? gunzipSync(message) : message;
}
