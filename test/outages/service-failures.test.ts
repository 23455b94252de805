import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Simulators, startSimulators } from '../../simulators/simulators.ts';
import type { ServiceFailure } from '../../src/clients/http/service-failure.ts';
import { eventually } from '../support/eventually.ts';
import { json, scriptedServer } from '../support/servers/scripted-server.ts';
import { type FailureMode, failureModes, HUGE, huge } from '../support/services/failure-modes.ts';
import { openServices, serviceCalls } from '../support/services/service-calls.ts';

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
  { changes, retryAfterMs }: Pick<FailureMode, 'changes' | 'retryAfterMs'>,
): void {
  for (const one of ended) {
    const kind = one.changes ? changes : 'transient';
    expect(one).toMatchObject({ name: one.name, error: { name: 'ServiceFailure', kind } });
    expect((one.error as ServiceFailure).retryAfterMs).toBe(retryAfterMs);
    expect(one.error.message).not.toMatch(/127\.0\.0\.1|localhost|\.invalid|nginx|https?:|:\d\d/);
  }
}

describe('a service that answers with', () => {
  it.each(failureModes)('$name is asked again', async (mode) => {
    const server = await scriptedServer(mode.serve);
    try {
      expectFailures(await endings(server.url), mode);
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

  it.each(failureModes.filter(({ fault }) => fault !== undefined))(
    '$name is asked again',
    async ({ fault, ...mode }) => {
      const admin = Object.values(simulators.urls).map((url) => `${url}/admin/faults`);
      const body = JSON.stringify(fault);
      const headers = { 'Content-Type': 'application/json' };
      for (const url of admin) await fetch(url, { method: 'POST', headers, body });
      expectFailures(await endings(simulators.urls), mode);
      const answers = admin.map((url) => fetch(url, { method: 'DELETE' }));
      const reports = await Promise.all(answers.map(async (one) => (await one).json()));
      const fired = reports.flatMap((report) => (report as { faults: { fired: number }[] }).faults);
      expect(fired.reduce((sum, one) => sum + one.fired, 0)).toBe(serviceCalls.length);
    },
  );
});
