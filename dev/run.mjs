// The one entry of all npm scripts. It must work in a fresh clone, so until the packages are
// installed it uses nothing but Node.
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPackages } from './processes/install-packages.mjs';

const NODE_NEEDED = [20, 19];

/** @type {Record<string, string>} */
const SCRIPTS = {
  test: 'dev/test.ts',
  start: 'dev/start.ts',
  dev: 'dev/dev.ts',
  tour: 'dev/tour.ts',
  token: 'dev/token.ts',
  shop: 'dev/shop.ts',
  doctor: 'dev/doctor.ts',
  bench: 'bench/bench.ts',
  chaos: 'chaos/chaos.ts',
  'planted-faults': 'dev/planted-faults.ts',
  docs: 'dev/docs.ts',
  migrate: 'src/commands/migrate.ts',
  import: 'src/commands/import-legacy-orders.ts',
  seed: 'dev/seed.ts',
  secrets: 'src/commands/secrets.ts',
  'deploy-version': 'src/commands/deploy-version.ts',
  'payload-keys': 'src/commands/payload-keys.ts',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = '', ...args] = process.argv.slice(2);

checkNodeVersion();
const script = SCRIPTS[command];
if (script) {
  const code = await installPackages(root);
  if (code !== 0) process.exit(code);
  await runScript(join(root, script));
} else {
  const commands = Object.keys(SCRIPTS).join('|');
  process.stderr.write(`Usage: node dev/run.mjs ${commands} [arguments]\n`);
  process.exitCode = 2;
}

function checkNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = NODE_NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  process.stderr.write(
    `This project needs Node ${NODE_NEEDED.join('.')} or newer; this is ${process.versions.node}. Get one at https://nodejs.org\n`,
  );
  process.exit(1);
}

/**
 * In this process, not in a child: npm passes SIGTERM to one process only.
 *
 * @param {string} file
 */
async function runScript(file) {
  const { register } = await import('tsx/esm/api');
  register();
  process.chdir(root);
  if (command !== 'test') {
    // The programs of src/ know the environment alone. Tests do not see what a developer has set.
    const { loadEnvironment } = await import('./launcher/environment.ts');
    Object.assign(process.env, loadEnvironment(process.env));
  }
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}
