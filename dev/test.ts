// `npm test`: runs Jest, and ends all that its tests have started, however this process ends.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { aborted, type StopRequest, watchStopRequests } from './launcher/stop-request.ts';
import { runVariable, startGuard } from './processes/guard.ts';

const stopping = watchStopRequests();
const run = randomUUID();
const guard = startGuard(process.env);
guard.watch({ run });

const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
const jest = spawn(
  process.execPath,
  [...flags, 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, [runVariable]: run } },
);
const ended = new Promise<number>((resolve, reject) => {
  jest.once('error', reject);
  jest.once('exit', (code, signal) =>
    resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)),
  );
});
const stopped = aborted(stopping).then(() => (stopping.reason as StopRequest).exitCode);

const exitCode = await Promise.race([ended, stopped]);
await guard.close();
process.exit(exitCode);
