import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Simulators, startSimulators } from '../dev/services/simulators.ts';
import type { ServiceFailure } from '../src/services/failure.ts';
import { eventually } from './support/eventually.ts';
import { json, scriptedServer } from './support/scripted-server.ts';
import { openServices, serviceCalls } from './support/service-calls.ts';

interface Weather {
  name: string;
  serve: RequestListener;
  /** The same from the simulators, where they can show it. */
  fault?: Record<string, unknown>;
  /** What a call that changes something ends as; one that reads is always transient. */
  changes: 'transient' | 'unknown';
  retryAfterMs?: number;
}

const HUGE = 64 * 1024 * 1024;
const PADDING = 'x'.repeat(64 * 1024);
const packed = gzipSync(JSON.stringify({ padding: PADDING.repeat(256) }));
const problem = (code: string) => ({ type: 'about:blank', title: code, status: 400, code });
const page: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>It works!</h1>');
};

/** Pads its answer for as long as anyone reads it, up to 64 MB. */
const huge: RequestListener = (_request, response) => {
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

const weathers: Weather[] = [
  ...[400, 401, 402, 403, 404, 409, 410, 422].map(
    (status): Weather => ({
      name: `${status} with a code that nobody knows`,
      serve: json(status, problem('something_else')),
      fault: { kind: 'errorBefore', status },
      changes: 'unknown',
    }),
  ),
  ...[402, 404, 409].map(
    (status): Weather => ({
      name: `${status} from something on the way`,
      serve: (_request, response) => response.writeHead(status).end('<h1>nginx</h1>'),
      changes: 'unknown',
    }),
  ),
  ...[500, 502, 503].map(
    (status): Weather => ({
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
    (status): Weather => ({
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

/** How every call ends, each with a client of its own. */
async function endings(urls: Parameters<typeof openServices>[0]) {
  return Promise.all(
    serviceCalls.map(async ({ name, changes, run }) => {
      const services = openServices(urls);
      const error = await run(services)
        .then((value) => new Error(`it said yes: ${value}`))
        .catch((reason: unknown) => reason as Error);
      services.close();
      return { name, changes, error };
    }),
  );
}

function expectFailures(
  ended: Awaited<ReturnType<typeof endings>>,
  { changes, retryAfterMs }: Pick<Weather, 'changes' | 'retryAfterMs'>,
): void {
  for (const one of ended) {
    const kind = one.changes ? changes : 'transient';
    expect(one).toMatchObject({ name: one.name, error: { name: 'ServiceFailure', kind } });
    expect((one.error as ServiceFailure).retryAfterMs).toBe(retryAfterMs);
    expect(one.error.message).not.toMatch(/127\.0\.0\.1|localhost|\.invalid|nginx|https?:|:\d\d/);
  }
}

describe('a service that answers with', () => {
  it.each(weathers)('$name is asked again', async (weather) => {
    const server = await scriptedServer(weather.serve);
    try {
      expectFailures(await endings(server.url), weather);
      expect(server.requests).toHaveLength(serviceCalls.length);
    } finally {
      await server.stop();
    }
  });

  it('Retry-After as a date is asked again then', async () => {
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    const server = await scriptedServer(json(429, {}, { 'Retry-After': inTwoMinutes }));
    const ended = await endings(server.url);
    await server.stop();
    for (const { error } of ended) {
      const { retryAfterMs = 0 } = error as ServiceFailure;
      expect(retryAfterMs).toBeGreaterThan(60_000);
      expect(retryAfterMs).toBeLessThanOrEqual(120_000);
    }
  });

  it('more than a megabyte is not read to its end', async () => {
    let written = 0;
    const server = await scriptedServer((request, response) => {
      response.once('close', () => {
        written = request.socket.bytesWritten;
      });
      huge(request, response);
    });
    const services = openServices(server.url);
    await expect(services.auth.findUser('ana')).rejects.toThrow('did not answer');
    await eventually(() => expect(written).toBeGreaterThan(0));
    services.close();
    await server.stop();
    // What the kernel had taken for the client counts as written.
    expect(written).toBeLessThan(HUGE / 2);
  });
});

describe('a service that cannot be reached', () => {
  it.each([
    ['since nothing listens', async () => (await stopped()).url],
    ['since its name is not known', async () => 'http://payments.invalid'],
  ])('%s has done nothing', async (_name, urlOf) => {
    expectFailures(await endings(await urlOf()), { changes: 'transient' });
  });

  async function stopped() {
    const server = await scriptedServer(() => undefined);
    await server.stop();
    return server;
  }
});

describe('a simulated service that answers with', () => {
  let simulators: Simulators;
  beforeAll(async () => {
    simulators = await startSimulators();
  });
  afterAll(() => simulators.stop());

  it.each(weathers.filter(({ fault }) => fault !== undefined))(
    '$name is asked again',
    async ({ fault, ...weather }) => {
      const admin = Object.values(simulators.urls).map((url) => `${url}/admin/faults`);
      const body = JSON.stringify(fault);
      const headers = { 'Content-Type': 'application/json' };
      for (const url of admin) await fetch(url, { method: 'POST', headers, body });
      expectFailures(await endings(simulators.urls), weather);
      const answers = admin.map((url) => fetch(url, { method: 'DELETE' }));
      const reports = await Promise.all(answers.map(async (one) => (await one).json()));
      const fired = reports.flatMap((report) => (report as { faults: { fired: number }[] }).faults);
      expect(fired.reduce((sum, one) => sum + one.fired, 0)).toBe(serviceCalls.length);
    },
  );
});
