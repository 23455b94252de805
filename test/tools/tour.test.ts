import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLauncherFixture, type Launch } from '../support/programs/launcher-fixture.ts';

const SLOW_MS = 180_000;

let fixture: Awaited<ReturnType<typeof createLauncherFixture>>;

beforeAll(async () => {
  fixture = await createLauncherFixture();
});

afterAll(() => fixture.end(), SLOW_MS);

describe('npm run tour', () => {
  afterEach(() => fixture.nothingLeft());

  test(
    'starts everything when nothing runs, plays it, and stops it; exit code 0',
    async () => {
      const tour = fixture.run('tour', [], { RETRY_MS: '2000' });
      expect({ exitCode: await tour.ended, output: tour.output() }).toMatchObject({ exitCode: 0 });
      const output = tour.output();
      expect(output).toContain('npm start does not run');
      expect(failedSteps(tour)).toEqual([]);
      for (const said of [
        'her browser is told: ENVIADO',
        '422 idempotency_key_reused',
        '409 insufficient_stock, 0 available',
        'chargePayment',
        'Every step did what it said.',
      ]) {
        expect(output).toContain(said);
      }
    },
    SLOW_MS,
  );

  test(
    'joins what npm start has started; where a service does not do what is said, exit code 1',
    async () => {
      const launcher = fixture.start([], { RETRY_MS: '2000' });
      await launcher.until(/Ctrl-C stops everything/);
      const token = fixture.run('token', ['luis']);
      expect(await token.ended).toBe(0);
      const { apiUrl, services } = fixture.stack();
      const headers = { Authorization: `Bearer ${token.output().trim()}` };
      expect(await (await fetch(`${apiUrl}/api/orders`, { headers })).json()).toEqual({
        orders: [],
      });

      await fetch(`${services.payments}/admin/faults`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ kind: 'decline', route: 'POST /api/payments' }),
      });
      const tour = fixture.run('tour');
      expect({ exitCode: await tour.ended, output: tour.output() }).toMatchObject({ exitCode: 1 });
      expect(tour.output()).toContain(`what npm start has started: ${apiUrl}`);
      expect(failedSteps(tour)[0]).toMatch(/^Payments captures the money/);
      expect(tour.output()).toMatch(/Not as it should be.*\n1\. An order is placed, paid/);
      expect((await fetch(`${apiUrl}/readyz`)).ok).toBe(true);

      launcher.kill('SIGTERM');
      expect(await launcher.ended).toBe(0);
      expect(() => fixture.stack()).toThrow();
    },
    SLOW_MS,
  );
});

function failedSteps(tour: Launch): string[] {
  return [...tour.output().matchAll(/^ {2}✖ (.*)$/gm)].map(([, step]) => `${step}`);
}
