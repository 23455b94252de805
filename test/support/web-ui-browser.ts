import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createSupervisor } from '../../dev/processes/supervisor.ts';
import { cacheFolder } from '../../dev/servers/cache-folder.ts';
import { openChromium } from '../../dev/servers/chromium.ts';

const WIDTH = 1280;
const BOUND_MS = 60_000;

/** A browser with one page, as it looks on an operator's desk. */
export async function openBrowser() {
  const { env } = process;
  const processes = createSupervisor(env);
  try {
    const browser = await openChromium({
      ...{ env, processes, cacheDir: cacheFolder(env) },
      report: (phase, detail = '') => process.stderr.write(`browser ${phase} ${detail}\n`),
    });
    const page = await browser.newPage({
      ...{ colorScheme: 'light', locale: 'en-US', timezoneId: 'UTC' },
      viewport: { width: WIDTH, height: 800 },
    });
    page.setDefaultTimeout(BOUND_MS);
    const close = async () => {
      await browser.close();
      await processes.stopAll();
    };
    return { page, close };
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}

/** Whether this run renews the pictures in the documentation. */
export const drawing = process.env.UPDATE_SCREENSHOTS === '1';

/** Keeps what the page shows, to this height, as a picture in the documentation. */
export async function picture(page: Page, name: string, height = 800): Promise<void> {
  if (!drawing) return;
  const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const before = page.viewportSize() ?? { width: WIDTH, height: 800 };
  await page.setViewportSize({ width: WIDTH, height });
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' });
  await page.setViewportSize(before);
}
