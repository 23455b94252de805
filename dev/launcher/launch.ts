import { resolve } from 'node:path';
import { createSupervisor } from '../processes/supervisor.ts';
import type { LaunchArguments } from './arguments.ts';
import { type DevelopmentAuth, developmentAuth } from './credentials.ts';
import { emptyDataFolder, withDataFolder } from './data-folder.ts';
import { summary } from './display/summary.ts';
import { assertComplete } from './environment.ts';
import { placeFirstOrder } from './first-order.ts';
import { type LaunchedStack, launchStack } from './stack.ts';
import { removeStackFile, writeStackFile } from './stack-file.ts';
import { aborted, type StopRequest, watchStopRequests } from './stop-request.ts';
import { watchEnds } from './watch-ends.ts';

interface LaunchOptions extends LaunchArguments {
  /** Restart API and worker when their code changes. */
  watch: boolean;
  /** What is done, in place of the first order, before everything is stopped; the exit code. */
  visit?: (
    stack: LaunchedStack,
    auth: DevelopmentAuth,
    say: (text: string) => void,
  ) => Promise<number>;
}

const began = Date.now();

const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * Sets up and starts everything, places a first order, and runs until it is told to stop.
 * Whatever happens, it leaves no process behind.
 *
 * Ends this process: with 0 when what was up was told to stop, or when the one order asked for was
 * paid; with 128 and the signal's number when it was told to stop before; else with 1.
 */
export async function launch(options: LaunchOptions): Promise<void> {
  const stopping = watchStopRequests();
  let exitCode: number;
  try {
    const { env } = process;
    assertComplete(env);
    const dataDir = resolve(env.ORDERS_DATA_DIR || '.data');
    exitCode = await withDataFolder(dataDir, () => run(env, dataDir, options, stopping));
  } catch (error) {
    exitCode = tell(error);
  }
  process.exit(exitCode);
}

async function run(
  env: NodeJS.ProcessEnv,
  dataDir: string,
  { fresh, once, watch, visit }: LaunchOptions,
  stopping: AbortSignal,
): Promise<number> {
  if (fresh) emptyDataFolder(dataDir);
  const processes = watchEnds(createSupervisor(env));
  const onStop = () => {
    say(`\nStopping (${(stopping.reason as StopRequest).why}) …`);
    // Whatever is being set up fails now, which leads to the way out below.
    void processes.stopAll();
  };
  if (stopping.aborted) onStop();
  stopping.addEventListener('abort', onStop);
  try {
    const auth = developmentAuth(env, dataDir);
    const stack = await launchStack({ env, dataDir, processes, auth, watch, stopping });
    writeStackFile(dataDir, stack);
    const broken = processes.brokenFromNow();
    if (visit) return await Promise.race([visit(stack, auth, say), broken]);
    const order = await Promise.race([placeFirstOrder(stack, auth, stopping, say), broken]);
    say(`\n${order.status} ${((Date.now() - began) / 1000).toFixed(1)} s after the start.`);
    if (once) return order.status === 'PAGADO' ? 0 : 1;
    say(await summary(stack, auth, order));
    await Promise.race([aborted(stopping), broken]);
    return 0;
  } catch (error) {
    if (!stopping.aborted) return tell(error);
    const { exitCode } = stopping.reason as StopRequest;
    say(`Interrupted before everything was up: exit code ${exitCode}.`);
    return exitCode;
  } finally {
    removeStackFile(dataDir);
    await processes.stopAll();
    say('Stopped.');
  }
}

/** Answers the exit code. */
function tell(error: unknown): number {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  return 1;
}
