import type { ProgramQuery } from '../find-program.ts';

/** The Temporal CLI, which carries the dev server, and the version of that server. */
export const CLI_VERSION = '1.8.2';
export const SERVER_VERSION = '1.31.2';

export const CACHE_FOLDER = `temporal-${CLI_VERSION}`;

export const temporalQuery: ProgramQuery = {
  program: 'temporal',
  cached: [CACHE_FOLDER],
  version: /Server (\d+\.\d+\.\d+)/,
  atLeast: [1, 28], // the first with Update-with-Start switched on
};
