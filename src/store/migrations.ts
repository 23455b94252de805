import { fileURLToPath } from 'node:url';
import { config, down, status, up } from 'migrate-mongo';
import type { Connection } from 'mongoose';
import type { LegacySettings } from '../../migrations/legacy-import/names.js';

const LOCKS = 'migrations_lock';
const LOCK_SECONDS = 300;

config.set({
  migrationsDir: fileURLToPath(new URL('../../migrations', import.meta.url)),
  changelogCollectionName: 'migrations',
  lockCollectionName: LOCKS,
  lockTtl: LOCK_SECONDS,
  migrationFileExtension: '.js',
  useFileHash: false,
  moduleSystem: 'esm',
});

/** What the import of a legacy database is told; all of it has defaults. */
export interface MigrationContext {
  legacy?: LegacySettings;
  /** The same database through more connections. */
  bulk?: Database['db'];
}

/** Applies what is pending, and answers the names of what it applied. */
export async function migrateUp(
  database: Database,
  context: MigrationContext = {},
): Promise<string[]> {
  // migrate-mongo hands its second argument to each migration and does nothing else with it.
  return locked(database, (db) => up(db, context as unknown as Database['client']));
}

/** Takes the newest migration back, and answers its name. */
export async function migrateDown(database: Database): Promise<string[]> {
  return locked(database, (db) => down(db, database.client));
}

/** The lock goes by itself after a while, so that of a long migration has to be renewed. */
async function locked(
  { db }: Database,
  run: (db: Database['db']) => Promise<string[]>,
): Promise<string[]> {
  const renew = () => db.collection(LOCKS).updateMany({}, { $set: { createdAt: new Date() } });
  const renewing = setInterval(() => renew().catch(() => undefined), (LOCK_SECONDS * 1000) / 5);
  try {
    return await run(db);
  } catch (error) {
    if (!(error instanceof Error) || !/a lock is in place/.test(error.message)) throw error;
    throw new Error(
      `another migration is at work; if one was killed, its lock goes within ${LOCK_SECONDS / 60 + 1} minutes`,
    );
  } finally {
    clearInterval(renewing);
  }
}

export async function migrationStatus({ db }: Pick<Database, 'db'>) {
  return status(db);
}

/** Throws when the database is behind, so that no program runs on a schema it does not know. */
export async function assertMigrated(database: Pick<Database, 'db'>): Promise<void> {
  const pending = (await migrationStatus(database)).filter((row) => row.appliedAt === 'PENDING');
  if (pending.length === 0) return;
  const names = pending.map((row) => row.fileName).join(', ');
  throw new Error(`the database lacks migrations (${names}): run "npm run migrate" first`);
}

export interface Database {
  db: NonNullable<Connection['db']>;
  client: ReturnType<Connection['getClient']>;
}

export function databaseOf(connection: Connection): Database {
  const { db } = connection;
  if (db === undefined) throw new Error('not connected to MongoDB');
  return { db, client: connection.getClient() };
}
