import type { ProgramQuery } from '../find-program.ts';

/** A version of the 8.0 series that MongoDB offers for download. */
export const MONGODB_VERSION = '8.0.17';
export const DOWNLOAD_FOLDER = `mongodb-${MONGODB_VERSION}`;

/** The version in the Python wheel. */
export const WHEEL_FOLDER = 'mongodb-6.0.5';

export const mongodbQuery: ProgramQuery = {
  program: 'mongod',
  cached: [DOWNLOAD_FOLDER, WHEEL_FOLDER].flatMap((folder) => [`${folder}/bin`, folder]),
  version: /db version v(\d+\.\d+\.\d+)/,
  atLeast: [6, 0],
};
