import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LaunchedStack } from '../../../dev/launcher/stack.ts';
import { eventually } from '../eventually.ts';

const root = resolve(import.meta.dirname, '../../..');
const START_MS = 60_000;
const LEFT_MS = 45_000;

/** What the developer may have set, in the environment or in .env, must not reach a test. */
const configurable = new Set(
  [...readFileSync(join(root, '.env.example'), 'utf8').matchAll(/^#?([A-Z_]+)=/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'ORDERS_CACHE_DIR'),
);

export type Launch = ReturnType<typeof launch>;

function launch(command: string, args: string[], env: NodeJS.ProcessEnv) {
  const inherited = Object.entries(process.env).filter(([name]) => !configurable.has(name));
  // In a group of its own, as a terminal starts it.
  const child: ChildProcess = spawn(command, args, {
    ...{ cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { ...Object.fromEntries(inherited), ORDERS_ENV_FILE: '/nowhere/.env', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** As a terminal does at Ctrl-C. */
    killGroup: (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal),
    /** The exit code; null after a signal. */
    ended,
    /** Resolves with the match once the output has it. */
    until: (pattern: RegExp) =>
      eventually(() => {
        const match = pattern.exec(output);
        if (!match && child.exitCode !== null) throw new Error(`ended with ${output}`);
        if (!match) throw new Error(`no ${pattern} in:\n${output}`);
        return match;
      }, START_MS),
  };
}

/** A data folder of its own, and launchers on it; all gone after `end()`. */
export async function createLauncherFixture() {
  const dataDir = await mkdtemp(join(tmpdir(), 'orders-launcher-'));
  const launches: Launch[] = [];
  const start = (command: string, args: string[], env: NodeJS.ProcessEnv) => {
    const started = launch(command, args, { ORDERS_DATA_DIR: dataDir, ...env });
    launches.push(started);
    return started;
  };
  const nothingLeft = () =>
    eventually(async () => {
      const left = await runningWith(dataDir);
      if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
    }, LEFT_MS);
  return {
    dataDir,
    start: (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
      start(process.execPath, ['dev/run.mjs', 'start', ...args], env),
    /** Another script of package.json, on the same data. */
    run: (script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
      start(process.execPath, ['dev/run.mjs', script, ...args], env),
    /** What runs on the data, as other programs find it. */
    stack: () => JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as LaunchedStack,
    npm: (...args: string[]) => start('npm', args, {}),
    /** Fails when processes of the folder are still there after some seconds. */
    nothingLeft,
    /** The ids of the folder's processes whose command line has the text. */
    pidsOf: async (text: string) =>
      (await runningWith(dataDir))
        .filter((line) => line.includes(text))
        .map((line) => Number.parseInt(line, 10)),
    async end() {
      for (const started of launches) started.kill('SIGTERM');
      await nothingLeft();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Process id and command line of what was started for a folder, which its environment names. */
async function runningWith(folder: string): Promise<string[]> {
  const ps = spawn('ps', ['axewwo', 'pid,args'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  ps.stdout.on('data', (data) => {
    output += data;
  });
  await once(ps, 'close');
  return output
    .split('\n')
    .filter((line) => line.includes(`ORDERS_DATA_DIR=${folder}`))
    .map((line) => line.replace(/ \w+=.*/, ''));
}

/** Runs a line as a shell does when it is pasted, and answers what it printed. */
export async function paste(line: string): Promise<string> {
  const shell = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.on('data', (data) => {
    output += data;
  });
  await once(shell, 'close');
  return output;
}
