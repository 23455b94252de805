import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Says why node_modules does not match package-lock.json; undefined when it does.
 *
 * @param {string} root the checkout
 * @returns {string | undefined}
 */
export function whyInstall(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing or not readable');
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'node_modules is missing or incomplete';
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    const found = installed[path];
    if (!found && !optional && !devOptional) return `${packageName(path)} is not installed`;
    if (found && found.version !== version) {
      return `${packageName(path)} is ${found.version} instead of ${version}`;
    }
  }
  const extra = Object.keys(installed).find((path) => !wanted[path]);
  return extra && `${packageName(extra)} is no longer wanted`;
}

/**
 * The lock that keeps two runs in one checkout from installing at once. It lies outside
 * node_modules, which `npm ci` deletes.
 *
 * @param {string} root
 */
export function installLock(root) {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(tmpdir(), `orders-service-npm-${id}.lock`);
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function readPackages(file) {
  try {
    const { '': _root, ...packages } = JSON.parse(readFileSync(file, 'utf8')).packages;
    return packages;
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function packageName(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
