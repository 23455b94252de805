import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { errorLine } from '../processes/error-line.ts';
import { aptInstall } from './apt.ts';
import { chromiumPlaces } from './chromium-places.ts';
import { hostObstacle } from './host-obstacle.ts';
import { checkProgram, type ProgramQuery } from './programs.ts';
import type { ServerContext } from './server-context.ts';
import type { Install, Source, Sources } from './sources.ts';
import { firstThatWorks } from './ways.ts';

const LAUNCH_MS = 60_000;
const DOWNLOAD_MS = 5 * 60_000;

const query: ProgramQuery = {
  program: 'chromium',
  cached: [],
  version: /(\d+\.\d+\.\d+)\.\d+/,
  atLeast: [120, 0],
};

const find: Sources['find'] = async (context) => (await usable(context))[0] as Source;

/** As `playwright install` does: a build for this system, into Playwright's own folder. */
const playwrightDownload: Install = {
  kind: 'download',
  name: 'cdn.playwright.dev',
  obstacle: ({ env }) => hostObstacle('cdn.playwright.dev', env),
  async install(context) {
    const { env, processes, report } = context;
    const packageFile = createRequire(import.meta.url).resolve('playwright-core/package.json');
    const cli = join(dirname(packageFile), 'cli.js');
    const args = [cli, 'install', '--only-shell', 'chromium'];
    report('downloading', 'Chromium');
    await processes.run({ command: process.execPath, args, env, timeoutMs: DOWNLOAD_MS });
    return find(context);
  },
};

const installs: Install[] = [
  playwrightDownload,
  // It has no service; the script that installs servers asks for the name of one.
  aptInstall({ package: 'chromium', service: 'chromium', find }),
];

/**
 * Opens the first browser of Chromium's family that is there, or can be set up, and starts.
 *
 * @throws when CHROMIUM_PATH names one that does not start; then nothing else is tried
 * @throws {NoWayError} saying what was tried, when there is none
 */
export async function openChromium(context: ServerContext): Promise<Browser> {
  const { env, report } = context;
  if (env.CHROMIUM_PATH) {
    return launch(env.CHROMIUM_PATH).catch((error) => {
      throw new Error(`CHROMIUM_PATH names a browser that does not start: ${errorLine(error)}`);
    });
  }
  const open = async (source: Source) => {
    report('starting', source.how);
    return launch(source.from);
  };
  const here = {
    kind: 'path' as const,
    name: "PATH, applications and Playwright's folder",
    try: async () => open(await find(context)),
  };
  const ways = installs.map(({ kind, name, obstacle, install }) => ({
    kind,
    name,
    async try() {
      const why = await obstacle(context);
      if (why) throw new Error(why);
      return open(await install(context));
    },
  }));
  return firstThatWorks([here, ...ways], {
    title: 'Chromium',
    help: 'install Chrome or Chromium, or set CHROMIUM_PATH to one',
    env,
  });
}
