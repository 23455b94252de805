import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program in the place of this one: signals are passed on, and its exit code returned, for
 * a signal as a shell would give it.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd: string, stdio?: 'inherit' | 'ignore' }} options
 * @returns {Promise<number>}
 */
export function runChild(file, args, { cwd, stdio = 'inherit' }) {
  const child = spawn(file, args, { cwd, stdio });
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
