import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createSupervisor } from '../../../dev/processes/supervisor.ts';
import { ensureSearchAttributes } from '../../../dev/search-attributes.ts';
import { startServers } from '../../../dev/servers/servers.ts';
import { bundleWorkflows, encryptingBundle } from '../../../src/commands/bundle-workflows.ts';
import { type TestServers, testServersVariable } from './servers.ts';

/** One set of real servers for the whole run, on free ports and with data of its own. */
export default async function setUp(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orders-test-'));
  const processes = createSupervisor(process.env);
  // Never the developer's: a URL that is set for `npm start` would lead to their data.
  const { TEMPORAL_ADDRESS, MONGODB_URI, REDIS_URL, RABBITMQ_URL, ...env } = process.env;
  globalThis.stopTestServers = async () => {
    await processes.stopAll();
  };
  try {
    const [servers, bundle, encrypting] = await Promise.all([
      startServers({
        dataDir,
        // A paused workflow is one of the kinds of what needs a person.
        env: { ...env, TEMPORAL_WORKFLOW_PAUSE: 'on' },
        ports: 'free',
        database: 'orders',
        report: ({ server, phase, detail, ms }) => {
          const line = [server, phase, detail].filter(Boolean).join(' ');
          process.stderr.write(`${(ms / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
        },
        processes,
      }),
      bundleWorkflows(),
      bundleWorkflows({ encrypts: true }),
    ]);
    const workflowBundle = join(dataDir, 'workflow-bundle.cjs');
    await writeFile(workflowBundle, bundle.code);
    await writeFile(encryptingBundle(workflowBundle), encrypting.code);
    const { address, uiUrl = '' } = servers.temporal;
    const connection = await Connection.connect({ address });
    await ensureSearchAttributes(connection, 'default');
    await connection.close();
    const found: TestServers = {
      dataDir,
      workflowBundle,
      temporalAddress: address,
      temporalUiUrl: uiUrl,
      mongodbUri: servers.mongodb.uri,
      redisUrl: servers.redis?.url,
      rabbitmqUrl: servers.rabbitmq?.url,
    };
    process.env[testServersVariable] = JSON.stringify(found);
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}

declare global {
  var stopTestServers: (() => Promise<void>) | undefined;
}
