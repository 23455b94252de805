import type { Connection } from 'mongoose';
import type { Logger } from '../platform/logger.ts';
import { untilAvailable } from '../platform/until-available.ts';
import { recordCommands } from './command-spans.ts';
import { connectStore, isMongoOutage } from './connection.ts';
import { assertMigrated, databaseOf } from './migrations.ts';
import { measurePool } from './pool-metrics.ts';

interface Opening {
  log: Logger;
  signal?: AbortSignal;
  /** Whether commands get spans. */
  isTraced?: boolean;
}

/**
 * Connects to MongoDB as soon as it can be reached.
 *
 * @throws when the login is refused, or the database lacks migrations
 */
export function openStore(
  uri: string,
  { isTraced = false, ...options }: Opening,
): Promise<Connection> {
  return untilAvailable('MongoDB', () => connectMigrated(uri, isTraced), {
    ...options,
    isOutage: isMongoOutage,
  });
}

async function connectMigrated(uri: string, isTraced: boolean): Promise<Connection> {
  const connection = await connectStore(uri, { monitorCommands: isTraced });
  measurePool(connection);
  if (isTraced) recordCommands(connection);
  try {
    await assertMigrated(databaseOf(connection));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
