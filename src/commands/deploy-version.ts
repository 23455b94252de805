import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { ConfigError, loadDeployConfig } from '../config/config.ts';
import { deployVersion } from '../deployment/deploy-version.ts';
import { replayGate } from '../deployment/replay-gate.ts';
import { WorkerDeployment } from '../deployment/worker-deployment.ts';
import { createDataConverter } from '../payloads/data-converter.ts';
import { runAsProgram, withCliErrors } from '../platform/lifecycle.ts';
import { connectStore } from '../store/connection.ts';
import { workflowBundle } from './bundle-workflows.ts';

const USAGE = `Usage: npm run deploy-version -- [--ramp 5] [--watch 60] [--histories 500] [--workers 300] [--take-over]

Makes the version WORKER_BUILD_ID of the worker current, whose workers run already: replays open orders with
its code, gives it 5 percent of the tasks, watches for 60 s, makes it current and watches again. When
something fails, or at SIGINT and SIGTERM, it is taken back, and the exit code is 1. --histories: open workflows
that are replayed. --workers: seconds in which workers of the version have to work. --take-over: first takes away
the share of the tasks that a deploy-version which was killed has left to a version.
`;

async function run(args: string[], signal: AbortSignal): Promise<void> {
  const { ramp, watch, histories, workers, takesOver } = readArguments(args);
  const config = loadDeployConfig();
  const { connectionOptions, namespace } = config.temporal;
  const database = await connectStore(config.MONGODB_URI);
  const connection = await Connection.connect(connectionOptions);
  try {
    const dataConverter = createDataConverter(config, database);
    const client = new Client({ connection, namespace, dataConverter });
    const { TEMPORAL_TASK_QUEUE: taskQueue, WORKER_BUILD_ID: buildId } = config;
    await deployVersion({
      ...{ client, buildId, taskQueue, takesOver, signal },
      say: (line) => process.stdout.write(`${line}\n`),
      ...{ rampPercent: ramp, watchMs: watch * 1_000, workersMs: workers * 1_000 },
      deployment: new WorkerDeployment(client, config.WORKER_DEPLOYMENT),
      replayGate: replayGate({
        ...{ client, taskQueue, dataConverter, most: histories },
        workflowBundle: await workflowBundle(config),
      }),
    });
  } finally {
    await Promise.all([connection.close(), database.close()]);
  }
}

/** Throws ConfigError with the usage for anything else. */
function readArguments(args: string[]) {
  const option = (standard: string) => ({ type: 'string', default: standard }) as const;
  const options = {
    ...{ ramp: option('5'), watch: option('60') },
    ...{ histories: option('500'), workers: option('300') },
    'take-over': { type: 'boolean', default: false } as const,
  };
  try {
    const { 'take-over': takesOver, ...texts } = parseArgs({ args, options }).values;
    const [ramp, watch] = [Number(texts.ramp), Number(texts.watch)];
    const [histories, workers] = [Number(texts.histories), Number(texts.workers)];
    if ([ramp, watch, histories, workers].every((number) => number >= 0) && ramp <= 100) {
      return { ramp, watch, histories, workers, takesOver };
    }
  } catch {
    // Said below.
  }
  throw new ConfigError(USAGE);
}

await runAsProgram(import.meta.url, async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const stopping = new AbortController();
  const deployed = withCliErrors(run(process.argv.slice(2), stopping.signal));
  return {
    ended: deployed.then(() => process.exit(0)),
    async stop() {
      stopping.abort();
      await deployed;
    },
  };
});
