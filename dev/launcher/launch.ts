import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorLine } from '../processes/error-line.ts';
import { createSupervisor } from '../processes/supervisor.ts';
import { developmentAuth } from './credentials.ts';
import { loadDotEnv } from './dot-env.ts';
import { placeFirstOrder } from './first-order.ts';
import { holdFolder } from './folder-lock.ts';
import { startStack } from './stack.ts';
import { summary } from './summary.ts';
import { watchEnds } from './watch-ends.ts';

interface LaunchOptions {
  fresh: boolean;
  once: boolean;
  /** Restart API and worker when their code changes. */
  watch: boolean;
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * Sets up and starts everything, places a first order, and runs until it is told to stop.
 * Whatever happens, it leaves no process behind.
 */
export async function launch(options: LaunchOptions): Promise<void> {
  const began = Date.now();
  const env = loadDotEnv(process.env);
  const dataDir = env.ORDERS_DATA_DIR || join(process.cwd(), '.data');
  const stopping = new AbortController();
  const processes = watchEnds(createSupervisor(env));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) say('\nStopping …');
      stopping.abort();
      // Whatever is being set up fails at once; the way out is below.
      void processes.stopAll();
    });
  }

  let exitCode = 0;
  try {
    const release = await holdFolder(dataDir);
    if (options.fresh) empty(dataDir);
    const auth = developmentAuth(env, dataDir);
    const stack = await startStack({ env, dataDir, processes, auth, watch: options.watch });
    const order = await placeFirstOrder(stack, auth, stopping.signal, say);
    say(`\n${order.status} ${((Date.now() - began) / 1000).toFixed(1)} s after the start.`);
    if (options.once) {
      exitCode = order.status === 'PAGADO' ? 0 : 1;
    } else {
      say(await summary(stack, auth, order));
      await Promise.race([aborted(stopping.signal), processes.brokenFromNow()]);
    }
    await processes.stopAll();
    release();
  } catch (error) {
    if (!stopping.signal.aborted) {
      exitCode = 1;
      process.stderr.write(`\n${error instanceof Error ? error.message : errorLine(error)}\n`);
    }
    await processes.stopAll();
  }
  process.exit(exitCode);
}

/** Empties the folder, but for the lock that is held on it. */
function empty(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('launcher.')) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
