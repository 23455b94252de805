import { fileURLToPath } from 'node:url';
import { config, down, status, up } from 'migrate-mongo';
import type { Connection } from 'mongoose';

config.set({
  migrationsDir: fileURLToPath(new URL('../../migrations', import.meta.url)),
  changelogCollectionName: 'migrations',
  lockCollectionName: 'migrations_lock',
  lockTtl: 300,
  migrationFileExtension: '.js',
  useFileHash: false,
  moduleSystem: 'esm',
});

/** Applies what is pending, and answers the names of what it applied. */
export async function migrateUp({ db, client }: Database): Promise<string[]> {
  return up(db, client);
}

/** Takes the newest migration back, and answers its name. */
export async function migrateDown({ db, client }: Database): Promise<string[]> {
  return down(db, client);
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
