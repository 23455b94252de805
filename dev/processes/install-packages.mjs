import { withFileLock } from './file-lock.mjs';
import { installLock, whyInstall } from './node-modules.mjs';
import { runChild } from './run-child.mjs';

const KILLED = 128;

/**
 * Installs the npm packages if node_modules does not match package-lock.json. Of several runs at
 * once in one checkout, one installs and the others wait.
 *
 * @param {string} root the checkout
 * @returns {Promise<number>} 0, or the exit code to end with
 */
export async function installPackages(root) {
  if (!whyInstall(root)) return 0;
  const onWait = (/** @type {string} */ owner) =>
    say(`Waiting for the npm packages: ${owner} is installing them.`);
  return withFileLock(installLock(root), () => install(root), { onWait });
}

/** @param {string} root */
async function install(root) {
  const why = whyInstall(root);
  if (!why) return 0;
  const code = await runInstall(root, why);
  if (code !== 0) {
    if (code < KILLED) say('The npm packages could not be installed; the output above says why.');
    return code;
  }
  const still = whyInstall(root);
  if (still) say(`package-lock.json does not fit package.json: ${still}.`);
  return still ? 1 : 0;
}

/**
 * @param {string} root
 * @param {string} why
 */
async function runInstall(root, why) {
  const flags = ['--include=dev', '--no-audit', '--no-fund'];
  const trial = await runNpm(root, ['ci', '--dry-run', ...flags], 'ignore');
  if (trial >= KILLED) return trial;
  if (trial === 0) {
    say(`Installing the npm packages, since ${why}: npm ci`);
    return runNpm(root, ['ci', ...flags]);
  }
  // Some npm 11 and 12 refuse with "Missing ... from lock file" where a registry does not offer
  // the optional packages of other systems (npm/cli#9846).
  say(`Installing the npm packages, since ${why}: npm install --no-save, as npm ci refuses here`);
  return runNpm(root, ['install', '--no-save', ...flags]);
}

/**
 * Called through npm, the npm that called; called by hand, the one on the PATH.
 *
 * @param {string} cwd
 * @param {string[]} args
 * @param {'inherit' | 'ignore'} [stdio]
 */
function runNpm(cwd, args, stdio = 'inherit') {
  const npm = process.env.npm_execpath;
  return npm && /npm-cli\.[cm]?js$/.test(npm)
    ? runChild(process.execPath, [npm, ...args], { cwd, stdio })
    : runChild('npm', args, { cwd, stdio });
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
