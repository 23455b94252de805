import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * What has to end with the launcher: a process group by its id, a container by its name, or all
 * processes of a test run, which have its id in their environment.
 */
export type Watched = { group: number } | { container: string } | { run: string };

/** The variable that marks the processes of a test run. */
export const runVariable = 'ORDERS_TEST_RUN';

/** The process that ends what the launcher leaves behind when it is killed. */
export interface Guard {
  watch(what: Watched): void;
  unwatch(what: Watched): void;
  /** Lets the guard finish: it ends what is still watched, and then itself. */
  close(): Promise<void>;
}

/** Starts the guard, in a session of its own so that a Ctrl-C does not reach it. */
export function startGuard(env: NodeJS.ProcessEnv): Guard {
  const script = fileURLToPath(new URL('guard.sh', import.meta.url));
  const child = spawn('sh', [script], { detached: true, env, stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();

  const send = (sign: '+' | '-', what: Watched) => {
    for (const [kind, item] of Object.entries(what)) child.stdin.write(`${sign} ${kind} ${item}\n`);
  };
  return {
    watch: (what) => send('+', what),
    unwatch: (what) => send('-', what),
    async close() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
