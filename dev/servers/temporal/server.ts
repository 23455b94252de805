import { join } from 'node:path';
import { waitFor } from '../../processes/wait-for.ts';
import { useExternal } from '../external-server.ts';
import { findProgram } from '../find-program.ts';
import { probeExternalTemporal, probeTemporal } from '../probes.ts';
import { runServer } from '../run-server.ts';
import type { ServerContext, Started } from '../server-context.ts';
import { type Executable, type ServerSpec, startFromFirst } from '../server-spec.ts';
import { temporalBuild } from './build.ts';
import { temporalDownload } from './download.ts';
import { CLI_VERSION, SERVER_VERSION, temporalQuery } from './query.ts';

export interface TemporalServer {
  address: string;
  /** Unset when the server is an external one. */
  uiUrl?: string;
}

const READY_MS = 60_000;

const IMAGE = `temporalio/temporal:${CLI_VERSION}`;

export const temporalSpec: ServerSpec = {
  title: 'Temporal',
  image: IMAGE,
  find: (context) => findProgram(context, temporalQuery),
  imageVersion: async () => SERVER_VERSION,
  installs: [temporalDownload, temporalBuild],
  help: 'install the Temporal CLI (https://docs.temporal.io/cli), start Docker, install Go 1.26.4 or newer, or set TEMPORAL_ADDRESS to a server that runs',
};

// The dev server has one shard, whose queues it polls 20 times a second by default: each step of
// an order would wait for the next tick.
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=500',
  'history.timerProcessorMaxPollRPS=500',
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // Orders whose code fails are on the stuck-orders page after the second failure, about ten seconds.
  'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2',
];

/** Off by default, as in Temporal: with it, *Pause* is the large button of a workflow's page. */
const PAUSE = ['frontend.WorkflowPauseEnabled=true'];

// The default rollback journal writes more than twice as much to the disk for each order.
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL'];

export async function startTemporal(context: ServerContext): Promise<Started<TemporalServer>> {
  const { env } = context;
  const external = env.TEMPORAL_ADDRESS;
  if (external) {
    return useExternal(context, 'TEMPORAL_ADDRESS', () => probeExternalTemporal(env), {
      address: external,
    });
  }
  const port = await context.choosePort('Temporal', 'TEMPORAL_PORT', 7233);
  const uiPort = await context.choosePort("Temporal's Web UI", 'TEMPORAL_UI_PORT', 8233);
  return startFromFirst(context, temporalSpec, (executable) =>
    runTemporal(context, executable, { port, uiPort }),
  );
}

async function runTemporal(
  context: ServerContext,
  executable: Executable,
  { port, uiPort }: { port: number; uiPort: number },
): Promise<Started<TemporalServer>> {
  const isPausable = context.env.TEMPORAL_WORKFLOW_PAUSE === 'on';
  const config = [...DYNAMIC_CONFIG, ...(isPausable ? PAUSE : [])];
  const process = runServer(context, executable, {
    name: 'temporal',
    // Its schema is never migrated, so each version has its own database.
    dataDir: join(context.dataDir, `server-${executable.version}`),
    mountAt: '/data',
    ports: [port, uiPort],
    args: ({ ip, dataDir }) => [
      ...['server', 'start-dev', '--ip', ip, '--port', `${port}`],
      ...['--ui-ip', ip, '--ui-port', `${uiPort}`],
      ...['--db-filename', join(dataDir, 'temporal.db'), '--log-level', 'error'],
      ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
      ...config.flatMap((value) => ['--dynamic-config-value', value]),
    ],
    // USER and HOME for a user id that has no name, as it may be in a container.
    env: ({ dataDir }) => ({ GOGC: '800', USER: 'temporal', HOME: dataDir }),
  });
  const address = `127.0.0.1:${port}`;
  try {
    const what = `Temporal to answer at ${address}`;
    await waitFor(() => probeTemporal(address), { timeoutMs: READY_MS, what, process });
  } catch (error) {
    await process.stop();
    throw error;
  }
  context.report('ready', executable.how);
  return {
    server: { address, uiUrl: `http://127.0.0.1:${uiPort}`, how: executable.how },
    stop: () => process.stop(),
  };
}
