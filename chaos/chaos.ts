import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StopRequest, watchStopRequests } from '../dev/launcher/stop-request.ts';
import { type ChaosArguments, chaosArguments } from './arguments.ts';
import { collect } from './checks/final-state.ts';
import { findViolations } from './checks/invariants.ts';
import { settle } from './checks/settle.ts';
import { Nemesis } from './nemesis.ts';
import { OperationLog } from './operation-log.ts';
import { shop } from './people/customers.ts';
import { Operators } from './people/operators.ts';
import { type ChaosReport, createReport, describe } from './report.ts';
import { type ChaosStack, startChaosStack } from './stack/stack.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PROGRESS_MS = 10_000;

const say = (text: string) => void process.stdout.write(`${text}\n`);

process.chdir(root);
process.exit(await run(chaosArguments()));

/** Answers the exit code: 0 without a violation. */
async function run(args: ChaosArguments): Promise<number> {
  const stopping = watchStopRequests();
  if (args.build) execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const folder = args.keep ? resolve(args.keep) : mkdtempSync(join(tmpdir(), 'orders-chaos-'));
  mkdirSync(folder, { recursive: true });
  const log = new OperationLog(join(folder, `operations-${args.seed}.jsonl`));
  say(`chaos with seed ${args.seed}: npm run chaos -- --orders ${args.orders} --seed ${args.seed}`);
  const stack = await startChaosStack(folder, args.seed);
  try {
    const report = await play(stack, args, log, stopping);
    say(describe(report));
    if (args.keep) {
      writeFileSync(
        join(folder, `report-${args.seed}.json`),
        `${JSON.stringify(report, null, 2)}\n`,
      );
    }
    const { visibleMs, retriedMs, endedMs } = report.settled;
    const hasEnded = [visibleMs, retriedMs, endedMs].every((ms) => ms !== undefined);
    return report.violations.length === 0 && hasEnded && !stopping.aborted ? 0 : 1;
  } catch (error) {
    if (!stopping.aborted) throw error;
    return (stopping.reason as StopRequest).exitCode;
  } finally {
    await stack.stop();
    await log.close();
    if (!args.keep) rmSync(folder, { recursive: true, force: true });
  }
}

/** Customers, operators and faults at once; then all is repaired, brought to its end, and looked at. */
async function play(
  stack: ChaosStack,
  args: ChaosArguments,
  log: OperationLog,
  stopping: AbortSignal,
): Promise<ChaosReport> {
  const { seed, orders, customers, faultEveryMs } = args;
  const began = Date.now();
  const calm = new AbortController();
  const operators = new Operators(stack, log, seed);
  const nemesis = new Nemesis(stack, log, { seed, everyMs: faultEveryMs, stopping: calm.signal });
  const working = operators.work();
  const harming = nemesis.work();
  let done = 0;
  const progress = setInterval(() => say(`  ${done} of ${orders} customers served`), PROGRESS_MS);
  try {
    await shop(stack, log, {
      ...{ orders, customers, seed, stopping },
      onAccepted: (order) => operators.take(order),
      onDone: (count) => {
        done = count;
      },
    });
  } finally {
    clearInterval(progress);
    calm.abort();
  }
  const seconds = (Date.now() - began) / 1_000;
  await harming;
  await nemesis.heal();
  say('  healed');
  const settled = await settle(stack, operators, say);
  operators.stop();
  await working;
  const violations = findViolations(await collect(stack, log.all));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return createReport({ args, commit, seconds, operations: log.all, settled, violations });
}
