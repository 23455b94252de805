import { join } from 'node:path';
import { freePort } from '../../processes/ports.ts';
import type { ManagedProcess } from '../../processes/spawn-process.ts';
import { waitFor } from '../../processes/wait-for.ts';
import { useExternal } from '../external-server.ts';
import { debianPackage } from '../install/debian-packages.ts';
import { probeRabbitmq } from '../probes.ts';
import { runServer, surroundings } from '../run-server.ts';
import type { ServerContext, Started } from '../server-context.ts';
import { type Executable, type ServerSpec, startFromFirst } from '../server-spec.ts';
import { startEpmd } from './epmd.ts';
import { findRabbitmq, PACKAGE, RABBITMQ_IN_PACKAGE, unpackedRabbitmq } from './find.ts';
import { rabbitmqEnv, writeRabbitmqFiles } from './settings.ts';

export interface RabbitmqServer {
  url: string;
  /** Unset when the server is an external one. */
  managementUrl?: string;
}

const READY_MS = 60_000;
// It takes six seconds, however little there is to do.
const STOP_MS = 8_500;

export const rabbitmqSpec: ServerSpec = {
  title: 'RabbitMQ',
  image: 'rabbitmq:4-management',
  find: findRabbitmq,
  installs: [
    debianPackage({
      ...{ package: PACKAGE, program: RABBITMQ_IN_PACKAGE, check: unpackedRabbitmq },
    }),
  ],
  help: 'install RabbitMQ (https://www.rabbitmq.com/docs/download), start Docker, or set RABBITMQ_URL to a server that runs',
};

export async function startRabbitmq(context: ServerContext): Promise<Started<RabbitmqServer>> {
  const url = context.env.RABBITMQ_URL;
  if (url) return useExternal(context, 'RABBITMQ_URL', () => probeRabbitmq(url), { url });
  const ports = {
    amqp: await context.choosePort('RabbitMQ', 'RABBITMQ_PORT', 5672),
    management: await context.choosePort(
      "RabbitMQ's management page",
      'RABBITMQ_MANAGEMENT_PORT',
      15672,
    ),
    // Between Erlang programs; nobody else connects there.
    distribution: (await freePort()).port,
    epmd: (await freePort()).port,
  };
  return startFromFirst(context, rabbitmqSpec, (executable) =>
    runRabbitmq(context, executable, ports),
  );
}

async function runRabbitmq(
  context: ServerContext,
  executable: Executable,
  ports: { amqp: number; management: number; distribution: number; epmd: number },
): Promise<Started<RabbitmqServer>> {
  // A newer version changes the data so that an older one cannot read it.
  const dataDir = join(context.dataDir, `server-${executable.version}`);
  const mountAt = '/var/lib/rabbitmq';
  await writeRabbitmqFiles(dataDir, ports, surroundings(executable, dataDir, mountAt));

  // A container has an epmd of its own, which ends with it.
  const epmd =
    executable.kind === 'program' ? await startEpmd(context, executable, ports.epmd) : undefined;
  const server = runServer(context, executable, {
    name: 'rabbitmq',
    dataDir,
    mountAt,
    ports: [ports.amqp, ports.management],
    imageArgs: ['rabbitmq-server'],
    args: () => [],
    env: (where) => rabbitmqEnv(where, ports),
  });
  const stop = async () => {
    await server.stop(STOP_MS);
    await epmd?.stop();
  };

  const url = `amqp://guest:guest@127.0.0.1:${ports.amqp}`;
  const managementUrl = `http://127.0.0.1:${ports.management}`;
  try {
    await waitUntilReady(url, managementUrl, server);
  } catch (error) {
    await stop();
    throw error;
  }
  context.report('ready', executable.how);
  return { server: { url, managementUrl, how: executable.how }, stop };
}

async function waitUntilReady(url: string, managementUrl: string, process: ManagedProcess) {
  const broker = { timeoutMs: READY_MS, what: 'RabbitMQ to accept connections', process };
  await waitFor(() => probeRabbitmq(url), broker);
  const page = { timeoutMs: READY_MS, what: "RabbitMQ's management page", process };
  await waitFor(async () => (await fetch(managementUrl)).ok, page);
}
