import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { createLauncherFixture, type Launch } from '../support/programs/launcher-fixture.ts';

const SLOW_MS = 150_000;

/** Two files with a test that never ends, on no servers. */
const config = JSON.stringify({
  rootDir: process.cwd(),
  testMatch: ['<rootDir>/test/support/runner/endless-tests/*.mjs'],
  testTimeout: 600_000,
  maxWorkers: 2,
  transform: {},
});
const args = ['--config', config];

let fixture: Awaited<ReturnType<typeof createLauncherFixture>>;
beforeEach(async () => {
  fixture = await createLauncherFixture();
});
afterEach(() => fixture.end(), SLOW_MS);

/** Resolves when both tests and all their children run. */
async function underWay(runner: Launch, names = ['endless-attached', 'endless-detached']) {
  await eventually(async () => {
    for (const name of names) {
      const pids = await fixture.pidsOf(name);
      if (pids.length !== 2) throw new Error(`${pids.length} of 2 ${name}:\n${runner.output()}`);
    }
  }, 60_000);
}

describe('npm test leaves no process behind', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGKILL', null],
  ] as const)(
    'after %s to its runner',
    async (signal, code) => {
      const runner = fixture.run('test', args);
      await underWay(runner);
      runner.kill(signal);
      expect(await runner.ended).toBe(code);
      await fixture.nothingLeft();
    },
    SLOW_MS,
  );

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'after %s to npm',
    async (signal) => {
      const npm = fixture.npm('test', '--', ...args);
      await underWay(npm);
      npm.kill(signal);
      await npm.ended;
      await fixture.nothingLeft();
    },
    SLOW_MS,
  );

  it(
    'after SIGKILL to Jest, and fails then',
    async () => {
      const runner = fixture.run('test', args);
      await underWay(runner);
      const [jest] = await fixture.pidsOf('jest.js');
      process.kill(jest as number, 'SIGKILL');
      expect(await runner.ended).toBe(137);
      await fixture.nothingLeft();
    },
    SLOW_MS,
  );

  it(
    'not even one that ignores SIGTERM',
    async () => {
      const runner = fixture.run('test', args, { ENDLESS_DEAF: '1' });
      await underWay(runner, ['endless-deaf']);
      runner.kill('SIGTERM');
      await runner.ended;
      await fixture.nothingLeft();
    },
    SLOW_MS,
  );
});
