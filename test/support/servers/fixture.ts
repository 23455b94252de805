import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '../../../dev/processes/supervisor.ts';
import type { ServerEvent, ServerName } from '../../../dev/servers/server-context.ts';
import { startServers } from '../../../dev/servers/servers.ts';

/** The environment of a test: this one's, less what would name servers or ports. */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const names = /^(TEMPORAL|MONGODB|REDIS|RABBITMQ)_|^ORDERS_INSTALL_METHODS$/;
  const kept = Object.entries(process.env).filter(([name]) => !names.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** A folder and a supervisor of its own for one test, both gone after `end()`. */
export async function createFixture() {
  const directory = await mkdtemp(join(tmpdir(), 'orders-servers-'));
  const processes = createSupervisor(process.env);
  const events: ServerEvent[] = [];
  return {
    directory,
    processes,
    events,
    logFile: (name: string) => join(directory, `${name}.log`),
    start: <N extends ServerName>(only: N[], env: NodeJS.ProcessEnv = {}) =>
      startServers({
        dataDir: join(directory, 'data'),
        env: cleanEnv(env),
        ports: 'free',
        database: 'test',
        only,
        report: (event) => events.push(event),
        processes,
      }),
    async end() {
      await processes.stopAll();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
