// A launcher to be killed by a test: starts a process that starts another, and the servers named,
// prints what it started as JSON, and runs on. Arguments: DATA_DIR SERVER...
import { createSupervisor } from '../../../dev/processes/supervisor.ts';
import type { ServerName } from '../../../dev/servers/server-context.ts';
import { startServers } from '../../../dev/servers/servers.ts';

const [dataDir = '', ...only] = process.argv.slice(2);
const processes = createSupervisor(process.env);
const family = processes.spawn({
  name: 'family',
  command: 'sh',
  args: ['-c', 'sleep 600 & sleep 600'],
  logFile: `${dataDir}/logs/family.log`,
});
const { redis, rabbitmq } = await startServers({
  dataDir,
  env: process.env,
  ports: 'free',
  database: 'test',
  only: only as Extract<ServerName, 'redis' | 'rabbitmq'>[],
  report: () => undefined,
  processes,
});
process.stdout.write(`${JSON.stringify({ family: family.pid, redis, rabbitmq })}\n`);
