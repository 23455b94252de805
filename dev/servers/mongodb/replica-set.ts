import mongoose from 'mongoose';
import type { ManagedProcess } from '../../processes/spawn-process.ts';
import { waitFor } from '../../processes/wait-for.ts';

/** Transactions need a replica set; one node will do. */
export const REPLICA_SET = 'rs0';

const ANSWER_MS = 60_000;
const PRIMARY_MS = 30_000;

type MongoClient = InstanceType<typeof mongoose.mongo.MongoClient>;

interface ReplicaSetConfig {
  _id: string;
  version: number;
  members: { _id: number; host: string }[];
}

/**
 * Makes the mongod on this port the writable primary of its one-node replica set. MongoMemoryReplSet
 * would do so only for a mongod that it starts itself: not in a container, and not under the guard.
 */
export async function bringUpReplicaSet(port: number, process: ManagedProcess): Promise<void> {
  const host = `127.0.0.1:${port}`;
  const answer = { timeoutMs: ANSWER_MS, what: `MongoDB to answer at ${host}`, process };
  const client = await waitFor(() => connect(host), answer);
  try {
    await configure(client, host);
    const isPrimary = async () => (await client.db().command({ hello: 1 })).isWritablePrimary;
    const primary = { timeoutMs: PRIMARY_MS, what: 'MongoDB to become primary', process };
    await waitFor(isPrimary, primary);
  } finally {
    await client.close();
  }
}

/** A client that has failed to connect once stays unusable, so each attempt has its own. */
async function connect(host: string): Promise<MongoClient> {
  const client = new mongoose.mongo.MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
    readPreference: 'primaryPreferred',
  });
  try {
    return await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function configure(client: MongoClient, host: string) {
  const admin = client.db('admin');
  const stored = await client
    .db('local')
    .collection<ReplicaSetConfig>('system.replset')
    .findOne({ _id: REPLICA_SET });
  if (!stored) {
    const members = [{ _id: 0, host }];
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } });
    return;
  }
  if (stored.members[0]?.host === host) return;
  // Started on another port than last time, it does not find itself in its own configuration.
  const members = [{ ...stored.members[0], _id: 0, host }];
  const changed = { ...stored, version: stored.version + 1, members };
  await admin.command({ replSetReconfig: changed, force: true });
}
