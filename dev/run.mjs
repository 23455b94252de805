// The one entry of all npm scripts. It must work in a fresh clone, so until the packages are
// installed it uses nothing but Node.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withFileLock } from './processes/file-lock.mjs';
import { installLock, whyInstall } from './processes/node-modules.mjs';

const NODE_NEEDED = [20, 19];

/** @type {Record<string, string>} */
const SCRIPTS = {
  start: 'dev/start.ts',
  dev: 'dev/dev.ts',
  doctor: 'dev/doctor.ts',
  migrate: 'src/migrate.ts',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = '', ...args] = process.argv.slice(2);

checkNodeVersion();
if (command === 'test') {
  await installPackages();
  await runTests();
} else if (SCRIPTS[command]) {
  await installPackages();
  await runScript(join(root, SCRIPTS[command]));
} else {
  process.stderr.write(
    `Usage: node dev/run.mjs ${[...Object.keys(SCRIPTS), 'test'].join('|')} [arguments]\n`,
  );
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

async function installPackages() {
  if (!whyInstall(root)) return;
  const onWait = (/** @type {string} */ owner) =>
    void process.stderr.write(`Waiting for the npm packages: ${owner} is installing them.\n`);
  await withFileLock(
    installLock(root),
    async () => {
      const why = whyInstall(root);
      if (!why) return;
      process.stderr.write(`Installing the npm packages, since ${why}: npm ci\n`);
      const code = await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund']);
      if (code !== 0) {
        process.stderr.write('npm ci failed; its output above says why.\n');
        process.exit(code);
      }
    },
    { onWait },
  );
}

/**
 * Called through npm, the npm that called; called by hand, the one on the PATH.
 *
 * @param {string[]} npmArgs
 */
function runNpm(npmArgs) {
  const npm = process.env.npm_execpath;
  return npm && /npm-cli\.[cm]?js$/.test(npm)
    ? runChild(process.execPath, [npm, ...npmArgs])
    : runChild('npm', npmArgs);
}

async function runTests() {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  process.exitCode = await runChild(process.execPath, [...flags, jest, ...args]);
}

/**
 * In this process, not in a child: npm passes SIGTERM to one process only.
 *
 * @param {string} script
 */
async function runScript(script) {
  const { register } = await import('tsx/esm/api');
  register();
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
}

/**
 * @param {string} file
 * @param {string[]} childArgs
 * @returns {Promise<number>} the exit code, for a signal as a shell would give it
 */
function runChild(file, childArgs) {
  const child = spawn(file, childArgs, { cwd: root, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well; a second one could cut its clean-up short.
  const onInterrupt = () => void (process.stdin.isTTY || child.kill('SIGINT'));
  const onTerminate = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate).off('SIGHUP', onTerminate);
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1));
    });
  });
}
