import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { unpackedFolder } from '../install/debian-packages.ts';
import { isExecutable, onPath } from '../path-lookup.ts';
import type { FindContext } from '../server-spec.ts';

// Chrome first: a Chromium from a snap cannot read a profile in the folder for temporary files.
const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];

const MAC_APPS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
];

const BROWSER =
  /^(chrome|headless_shell|chrome-headless-shell|Chromium|Google Chrome for Testing)$/;

/** Every browser of Chromium's family that is on this machine, the likeliest first. */
export function chromiumPlaces({ env, cacheDir }: FindContext): string[] {
  const home = env.HOME || homedir();
  const apps = ['/Applications', join(home, 'Applications')].flatMap((folder) =>
    MAC_APPS.map((app) => join(folder, app)),
  );
  return [
    ...NAMES.flatMap((name) => onPath(name, env)),
    ...apps.filter(isExecutable),
    ...playwrightBrowsers(env, home),
    ...[join(cacheDir, unpackedFolder('chromium'), 'bin', 'chromium')].filter(isExecutable),
  ];
}

/**
 * Those that Playwright has downloaded, for this project or another; the newest first. Neither it nor
 * @puppeteer/browsers finds one of another revision than its own.
 */
function playwrightBrowsers(env: NodeJS.ProcessEnv, home: string): string[] {
  const caches = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  const folder = env.PLAYWRIGHT_BROWSERS_PATH || join(home, caches, 'ms-playwright');
  return list(folder)
    .filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name))
    .sort((a, b) => Number(/\d+$/.exec(b)) - Number(/\d+$/.exec(a)))
    .flatMap((name) => programsIn(join(folder, name)));
}

function programsIn(folder: string): string[] {
  return list(folder).flatMap((platform) => {
    const mac = ['Chromium', 'Google Chrome for Testing'].map(
      (app) => `${app}.app/Contents/MacOS/${app}`,
    );
    return [...list(join(folder, platform)).filter((name) => BROWSER.test(name)), ...mac]
      .map((file) => join(folder, platform, file))
      .filter(isExecutable);
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
