import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aborted, type StopRequest, watchStopRequests } from '../dev/launcher/stop-request.ts';
import { createSupervisor } from '../dev/processes/supervisor.ts';
import { type BenchArguments, benchArguments } from './arguments.ts';
import { benchmark, type Voice } from './benchmark.ts';
import { accountCpu } from './cpu/accounting.ts';
import { startBenchStack } from './stack/stack.ts';

const BUILD_MS = 300_000;
const LONGEST_MS = 30 * 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const voice: Voice = {
  say: (text) => void process.stdout.write(`${clearLine}${text}\n`),
  progress: (text) => void (process.stdout.isTTY && process.stdout.write(`${clearLine}${text}`)),
};
const clearLine = process.stdout.isTTY ? '\r\u001b[K' : '';

const options = benchArguments();
const stopping = watchStopRequests();
process.chdir(root);
process.exit(await run(options));

/** Answers the exit code. Whatever happens, no process and no file is left behind. */
async function run(args: BenchArguments): Promise<number> {
  // Never the developer's: a URL that is set for `npm start` would lead to their data.
  const { TEMPORAL_ADDRESS, MONGODB_URI, REDIS_URL, RABBITMQ_URL, ...env } = process.env;
  const dataDir = mkdtempSync(join(tmpdir(), 'orders-bench-'));
  const processes = accountCpu(createSupervisor(env));
  const stopped = aborted(stopping).then(() => {
    throw new Error(`Stopped (${(stopping.reason as StopRequest).why}).`);
  });
  const timer = setTimeout(() => void processes.stopAll(), LONGEST_MS);
  try {
    await Promise.race([stopped, work()]);
    return 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
    return stopping.aborted ? (stopping.reason as StopRequest).exitCode : 1;
  } finally {
    clearTimeout(timer);
    await processes.stopAll();
    rmSync(dataDir, { recursive: true, force: true });
  }

  async function work(): Promise<void> {
    const { say } = voice;
    if (args.build) {
      say('building dist');
      const npm = { command: 'npm', args: ['run', 'build'], env, timeoutMs: BUILD_MS };
      await processes.run(npm);
    }
    const profiles = args.profiles && resolve(args.profiles);
    const context = { dataDir, processes, env };
    const stack = await startBenchStack({
      ...{ ...context, say, profiles },
      // Ten thousand orders are to be stuck soon.
      policy: args.parts.has('backlog') ? { RETRY_MS: '1000' } : {},
    });
    try {
      await benchmark(context, stack, args, voice);
    } finally {
      await stack.close();
    }
  }
}
