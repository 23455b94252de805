import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, portOf } from '../processes/ports.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { cacheFolder } from './install/cache-folder.ts';

export type ServerName = 'temporal' | 'mongodb' | 'redis' | 'rabbitmq';

/** A step on the way to a running server; `ms` since the search for it began. */
export interface ServerEvent {
  server: ServerName;
  phase: string;
  detail?: string;
  ms: number;
}

export interface ServersOptions {
  /** Keeps the data, a subfolder for each server, and logs/. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  /**
   * `default`: the usual ports or those set by variables; `free`: ports nobody uses, for tests; or
   * the port for each variable, for a test that starts a server again where it was.
   */
  ports: 'default' | 'free' | ((variable: string) => Promise<number>);
  /** The database that the MongoDB URI names. */
  database: string;
  report: (event: ServerEvent) => void;
  /** Whether each step is shown as it happens, in place of the last: on a terminal. */
  isLive?: boolean;
  processes: Supervisor;
}

/** A step that goes on is told so often; all of its lines are in logs/<server>-setup.log. */
const QUIET_MS = 10_000;

/** What one server is set up with. */
export interface ServerContext {
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  dataDir: string;
  processes: Supervisor;
  report(phase: string, detail?: string): void;
  logFile(name: string): string;
  /** The port set by `variable`, or the default, or a free one, as the options say. */
  choosePort(name: string, variable: string, fallback: number): Promise<number>;
}

/** A server that runs: what others need to know of it, and how to stop it. */
export interface Started<T> {
  server: T & { how: string };
  stop(): Promise<void>;
}

export function createServerContext(options: ServersOptions, server: ServerName): ServerContext {
  const { env, processes } = options;
  const dataDir = join(options.dataDir, server);
  mkdirSync(dataDir, { recursive: true });
  const began = Date.now();
  const logFile = (name: string) => join(options.dataDir, 'logs', `${name}.log`);
  mkdirSync(join(options.dataDir, 'logs'), { recursive: true });
  const setUpLog = logFile(`${server}-setup`);
  let last = { phase: '', at: 0 };
  return {
    env,
    processes,
    dataDir,
    cacheDir: cacheFolder(env),
    report(phase, detail) {
      const now = Date.now();
      const event = { server, phase, ms: now - began, ...(detail && { detail }) };
      appendFileSync(setUpLog, `${JSON.stringify(event)}\n`);
      const isNews = phase !== last.phase || now - last.at >= QUIET_MS;
      if (!isNews && !options.isLive) return;
      last = { phase, at: now };
      options.report(event);
    },
    logFile,
    async choosePort(name, variable, fallback) {
      if (typeof options.ports === 'function') return options.ports(variable);
      if (options.ports === 'free') return (await freePort()).port;
      return portOf(env, { name, variable, fallback });
    },
  };
}
