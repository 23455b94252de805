import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';

/** Whether a process, or with a negative id a group of processes, is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The command lines of processes that were started for a folder. */
export async function runningWith(folder: string): Promise<string[]> {
  const ps = spawn('ps', ['-axwwo', 'args'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  ps.stdout.on('data', (data) => {
    output += data;
  });
  await once(ps, 'close');
  return output.split('\n').filter((line) => line.includes(folder) && !line.includes('--import'));
}

/** A collection in the database that a URI names. */
export async function connectNotes(uri: string) {
  const client = new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  const collection = client.db().collection<{ text: string }>('notes');
  return { collection, close: () => client.close() };
}

/** Uses a connection and closes it. */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
