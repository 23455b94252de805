import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { json } from '../servers/scripted-server.ts';

/** A way in which a service answers badly, and what a call must make of it. */
export interface FailureMode {
  name: string;
  serve: RequestListener;
  /** The same from the simulators, where they can show it. */
  fault?: Record<string, unknown>;
  /** What a call that changes something ends as; one that reads is always transient. */
  changes: 'transient' | 'unknown';
  retryAfterMs?: number;
}

export const HUGE = 64 * 1024 * 1024;
const PADDING = 'x'.repeat(64 * 1024);
const packed = gzipSync(JSON.stringify({ padding: PADDING.repeat(256) }));
const problem = (code: string) => ({ type: 'about:blank', title: code, status: 400, code });
const page: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>It works!</h1>');
};

/** Pads its answer for as long as anyone reads it, up to 64 MB. */
export const huge: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.write('{"padding":"');
  const pad = () => {
    while (!response.destroyed && (response.socket?.bytesWritten ?? 0) < HUGE) {
      if (!response.write(PADDING)) return response.once('drain', pad);
    }
    return response.end('"}');
  };
  pad();
};

export const failureModes: FailureMode[] = [
  ...[400, 401, 402, 403, 404, 409, 410, 422].map(
    (status): FailureMode => ({
      name: `${status} with a code that nobody knows`,
      serve: json(status, problem('something_else')),
      fault: { kind: 'errorBefore', status },
      changes: 'unknown',
    }),
  ),
  ...[402, 404, 409].map(
    (status): FailureMode => ({
      name: `${status} from something on the way`,
      serve: (_request, response) => response.writeHead(status).end('<h1>nginx</h1>'),
      changes: 'unknown',
    }),
  ),
  ...[500, 502, 503].map(
    (status): FailureMode => ({
      name: `${status}`,
      serve: json(status, {}),
      fault: { kind: 'errorAfter', status },
      changes: 'unknown',
    }),
  ),
  {
    name: '503 with Retry-After',
    serve: json(503, {}, { 'Retry-After': '7' }),
    fault: { kind: 'errorBefore', retryAfterSeconds: 7 },
    changes: 'unknown',
    retryAfterMs: 7_000,
  },
  {
    name: '429 with Retry-After in seconds',
    serve: json(429, {}, { 'Retry-After': '3' }),
    fault: { kind: 'errorBefore', status: 429, retryAfterSeconds: 3 },
    changes: 'transient',
    retryAfterMs: 3_000,
  },
  {
    name: '429 with Retry-After in days',
    serve: json(429, {}, { 'Retry-After': '864000' }),
    changes: 'transient',
    retryAfterMs: 3_600_000,
  },
  ...[302, 307, 308].map(
    (status): FailureMode => ({
      name: `a redirect, ${status},`,
      serve: (_request, response) => response.writeHead(status, { Location: '/followed' }).end(),
      fault: { kind: 'errorBefore', status },
      changes: 'unknown',
    }),
  ),
  {
    name: 'an answer that never begins',
    serve: () => undefined,
    fault: { kind: 'timeout', effect: 'after' },
    changes: 'unknown',
  },
  {
    name: 'an answer that drips',
    serve(_request, response) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const dripping = setInterval(() => response.write(' '), 100);
      response.once('close', () => clearInterval(dripping));
    },
    changes: 'unknown',
  },
  {
    name: 'an answer cut in its middle',
    serve(_request, response) {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"id":"ana","act', () => response.destroy());
    },
    fault: { kind: 'garbage', variant: 'cut' },
    changes: 'unknown',
  },
  {
    name: 'a page of HTML',
    serve: page,
    fault: { kind: 'garbage', variant: 'html' },
    changes: 'unknown',
  },
  {
    name: 'JSON of another shape',
    serve: json(200, { ok: true, data: [null, 42] }),
    fault: { kind: 'garbage', variant: 'wrongShape' },
    changes: 'unknown',
  },
  {
    name: 'an answer about something else',
    serve: json(200, {
      ...{ id: 'luis', active: true, reservationId: 'o2:reserve', status: 'pending' },
      ...{ transactionId: 't1', amount: '-1.00', currency: 'EUR', products: [], missing: [] },
    }),
    changes: 'unknown',
  },
  { name: 'nothing', serve: (_request, response) => response.end(), changes: 'unknown' },
  {
    name: 'an endless answer',
    serve: huge,
    fault: { kind: 'garbage', variant: 'huge' },
    changes: 'unknown',
  },
  {
    name: 'a small answer that unpacks to a huge one',
    serve(_request, response) {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed);
    },
    changes: 'unknown',
  },
  {
    name: 'a connection reset after the request was sent',
    serve: (request) => request.socket.resetAndDestroy(),
    changes: 'unknown',
  },
];
