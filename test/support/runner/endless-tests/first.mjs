// For test/tools/runner.test.ts: a test that never ends, with processes of every kind.
import { spawn } from 'node:child_process';
import { test } from '@jest/globals';

const FOREVER = 'setInterval(() => undefined, 1_000);';
const DEAF = `process.on('SIGTERM', () => undefined); process.title = 'endless-deaf'; ${FOREVER}`;

/**
 * @param {string} name
 * @param {boolean} detached in a group of its own, as schemathesis and the servers are
 * @param {string} code
 */
function start(name, detached, code = FOREVER) {
  spawn(process.execPath, ['-e', code, name], { detached, stdio: 'ignore' });
}

test('never ends', async () => {
  start('endless-attached', false);
  start('endless-detached', true);
  if (process.env.ENDLESS_DEAF) start('starting', true, DEAF);
  await new Promise(() => undefined);
});
