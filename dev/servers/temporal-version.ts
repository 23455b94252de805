/** The Temporal CLI, which carries the dev server, and the server in it. */
export const CLI_VERSION = '1.8.2';
export const SERVER_VERSION = '1.31.2';

export const CACHE_FOLDER = `temporal-${CLI_VERSION}`;
