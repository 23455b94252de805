import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { errorLine } from '../../processes/error-line.ts';
import { checkProgram, type ProgramQuery } from '../find-program.ts';
import { hostObstacle } from '../host-obstacle.ts';
import { debianPackage } from '../install/debian-packages.ts';
import { firstThatWorks, type Method } from '../install-methods.ts';
import type { ServerContext } from '../server-context.ts';
import type { Installer } from '../server-spec.ts';
import { chromiumPlaces } from './places.ts';

const LAUNCH_MS = 60_000;
const DOWNLOAD_MS = 5 * 60_000;

/** A browser, unlike a server, needs no port and no folder of its own. */
export type BrowserContext = Pick<ServerContext, 'env' | 'cacheDir' | 'processes' | 'report'>;

interface BrowserInstall extends Omit<Installer, 'install'> {
  install(context: BrowserContext): Promise<unknown>;
}

const query: ProgramQuery = {
  program: 'chromium',
  cached: [],
  version: /(\d+\.\d+\.\d+)\.\d+/,
  atLeast: [120, 0],
};

/** As `playwright install` does: a build for this system, into Playwright's own folder. */
const playwrightDownload: BrowserInstall = {
  kind: 'download',
  name: 'cdn.playwright.dev',
  obstacle: ({ env }) => hostObstacle('cdn.playwright.dev', env),
  async install(context) {
    const { env, processes, report } = context;
    const packageFile = createRequire(import.meta.url).resolve('playwright-core/package.json');
    const cli = join(dirname(packageFile), 'cli.js');
    const args = [cli, 'install', '--no-remove', 'chromium-headless-shell'];
    report('downloading', 'Chromium');
    await processes.run({ command: process.execPath, args, env, timeoutMs: DOWNLOAD_MS });
  },
};

const installs: BrowserInstall[] = [
  playwrightDownload,
  debianPackage({
    package: 'chromium',
    program: 'usr/lib/chromium/chromium',
    check: (context, folder) => checkProgram(context, query, join(folder, 'bin', 'chromium')),
  }),
];

/**
 * Opens the first browser of Chromium's family that is there, or can be set up, and that starts.
 *
 * @throws when CHROMIUM_PATH names one that does not start; then nothing else is tried
 * @throws {NoMethodError} saying what was tried, when there is none
 */
export async function openChromium(context: BrowserContext): Promise<Browser> {
  const { env } = context;
  if (env.CHROMIUM_PATH) {
    return launch(env.CHROMIUM_PATH).catch((error) => {
      throw new Error(`CHROMIUM_PATH names no browser that starts: ${errorLine(error)}`);
    });
  }
  const here: Method<Browser> = {
    kind: 'path',
    name: "PATH, applications and Playwright's folder",
    try: () => openFirst(context),
  };
  const setUp = installs.map(({ kind, name, obstacle, install }) => ({
    kind,
    name,
    async try() {
      const why = await obstacle(context);
      if (why) throw new Error(why);
      await install(context);
      return openFirst(context);
    },
  }));
  return firstThatWorks([here, ...setUp], {
    title: 'A browser',
    help: 'install Chrome or Chromium, or set CHROMIUM_PATH to one',
    env,
  });
}

async function openFirst(context: BrowserContext): Promise<Browser> {
  const unfit: string[] = [];
  for (const place of chromiumPlaces(context)) {
    try {
      const { how } = await checkProgram(context, query, place);
      context.report('starting', how);
      return await launch(place);
    } catch (error) {
      unfit.push(`${place}: ${errorLine(error)}`);
    }
  }
  throw new Error(unfit.join('; ') || 'no Chrome or Chromium there');
}

/** Without a window, and with a profile of its own, which is gone with it. */
function launch(executablePath: string): Promise<Browser> {
  // Root may not use the sandbox, and the only pages that are opened are our own.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-sync'];
  return chromium.launch({ executablePath, args, timeout: LAUNCH_MS });
}
