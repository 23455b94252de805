import type { Connection } from 'mongoose';
import type { Logger } from '../platform/logger.ts';
import { untilAvailable } from '../platform/until-available.ts';
import { connectStore, isMongoOutage } from './connection.ts';
import { assertMigrated, databaseOf } from './migrations.ts';

/**
 * Connects to MongoDB as soon as it can be reached.
 *
 * @throws when the login is refused, or the database lacks migrations
 */
export function openStore(
  uri: string,
  options: { log: Logger; signal?: AbortSignal },
): Promise<Connection> {
  return untilAvailable('MongoDB', () => connectMigrated(uri), {
    ...options,
    isOutage: isMongoOutage,
  });
}

async function connectMigrated(uri: string): Promise<Connection> {
  const connection = await connectStore(uri);
  try {
    await assertMigrated(databaseOf(connection));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
