import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSupervisor } from '../../dev/processes/supervisor.ts';
import { openChromium } from '../../dev/servers/chromium/install.ts';

const processes = createSupervisor(process.env);
let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'orders-browser-'));
});
afterAll(async () => {
  await processes.stopAll();
  await rm(empty, { recursive: true, force: true });
});

const open = (env: NodeJS.ProcessEnv) =>
  openChromium({ env, processes, cacheDir: empty, report: () => undefined });

describe('the browser for the Web UI', () => {
  it('is the one that CHROMIUM_PATH names, or none', async () => {
    const opening = open({ ...process.env, CHROMIUM_PATH: join(empty, 'chromium') });
    await expect(opening).rejects.toThrow(/^CHROMIUM_PATH names no browser that starts: .+/);
  });

  it('fails with what was tried and what helps, when there is none', async () => {
    const opening = open({ PATH: empty, HOME: empty, ORDERS_INSTALL_METHODS: 'path,registry' });
    await expect(opening).rejects.toThrow(
      [
        'A browser could not be set up. Tried:',
        "  - PATH, applications and Playwright's folder: no Chrome or Chromium there",
        '  - Debian package chromium: there is no apt-get here',
        'What helps: install Chrome or Chromium, or set CHROMIUM_PATH to one',
      ].join('\n'),
    );
  });
});
