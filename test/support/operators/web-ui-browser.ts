import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { createSupervisor } from '../../../dev/processes/supervisor.ts';
import { openChromium } from '../../../dev/servers/chromium/install.ts';
import { cacheFolder } from '../../../dev/servers/install/cache-folder.ts';

const WIDTH = 1280;
const HEIGHT = 800;
const BOUND_MS = 60_000;
const images = fileURLToPath(new URL('../../../docs/operate/images/', import.meta.url));

/** A browser with one page, as it looks on an operator's page. */
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
      viewport: { width: WIDTH, height: HEIGHT },
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
export async function picture(page: Page, name: string, height: number): Promise<void> {
  if (!drawing) return;
  await mkdir(images, { recursive: true });
  await page.setViewportSize({ width: WIDTH, height });
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  await page.screenshot({ path: `${images}${name}.png`, animations: 'disabled' });
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
}

/** A label of the timeline gets the background of its full length only at the next refresh. */
export async function untilPaintedAgain(label: Locator): Promise<void> {
  const painted = await label.elementHandle();
  await painted?.waitForElementState('hidden');
}
