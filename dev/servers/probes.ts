import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { Connection as RabbitConnection } from 'rabbitmq-client';
import { loadTemporal } from '../../src/config/config.ts';

// Each asks the server something that only a working one answers, and throws otherwise.

const PROBE_MS = 3_000;

/** A frontend that answers, with a namespace `default` to work in. */
export async function probeTemporal(address: string): Promise<true> {
  const connection = await Connection.connect({ address, connectTimeout: PROBE_MS });
  try {
    await connection.withDeadline(Date.now() + PROBE_MS, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } finally {
    await connection.close();
  }
}

/** An external server, named by TEMPORAL_ADDRESS with its TLS and API key settings: its namespaces are its own. */
export async function probeExternalTemporal(env: NodeJS.ProcessEnv): Promise<void> {
  const connection = await Connection.connect({
    ...loadTemporal(env).connectionOptions,
    connectTimeout: PROBE_MS,
  });
  await connection.close();
}

export async function probeMongodb(uri: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: PROBE_MS });
  try {
    await client.db().command({ ping: 1 });
  } finally {
    await client.close();
  }
}

export async function probeRedis(url: string): Promise<true> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PROBE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: unknown;
  client.on('error', (error) => {
    reason = error;
  });
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

export async function probeRabbitmq(url: string): Promise<true> {
  const connection = new RabbitConnection({ url, connectionTimeout: PROBE_MS });
  try {
    await once(connection, 'connection');
    return true;
  } finally {
    connection.on('error', () => undefined);
    connection.unsafeDestroy();
  }
}
