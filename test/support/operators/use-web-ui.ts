import { afterAll, beforeAll, describe } from '@jest/globals';
import { testServers } from '../servers/servers.ts';
import { WebUi } from './web-ui.ts';
import { openBrowser } from './web-ui-browser.ts';

export const describeWebUi = process.env.SKIP_WEB_UI === '1' ? describe.skip : describe;

/** The Web UI in a browser, for all tests of a file; it is opened before the first of them. */
export function useWebUi(): WebUi {
  const browser = {} as Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    Object.assign(browser, await openBrowser());
  });
  afterAll(() => browser.close?.());
  return new WebUi(browser, testServers().temporalUiUrl);
}
