import { ConfigError, loadMigrationConfig } from '../config/config.ts';
import { runAsProgram, withCliErrors } from '../platform/lifecycle.ts';
import { connectStore } from '../store/connection.ts';
import {
  databaseOf,
  type MigrationContext,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../store/migrations.ts';

type Command = 'up' | 'down' | 'status';
type Run = (
  database: ReturnType<typeof databaseOf>,
  context: MigrationContext,
) => Promise<string[]>;

const commands: Record<Command, Run> = {
  up: async (database, context) =>
    (await migrateUp(database, context)).map((name) => `applied ${name}`),
  down: async (database) => (await migrateDown(database)).map((name) => `took back ${name}`),
  status: async (database) =>
    (await migrationStatus(database)).map((row) => `${row.appliedAt}  ${row.fileName}`),
};

/** How many connections the import of a legacy database uses at once. */
const BULK_CONNECTIONS = 16;

/** Runs one command of the migrations, and answers a line for each thing it did or found. */
export async function migrate(
  uri: string,
  command: string,
  legacy?: MigrationContext['legacy'],
): Promise<string[]> {
  if (!isCommand(command)) throw new ConfigError('usage: migrate up | down | status');
  const connect = (maxPoolSize: number) =>
    connectStore(uri, {
      maxPoolSize,
      // An index of a large collection takes its time.
      socketTimeoutMS: 0,
      waitQueueTimeoutMS: 0,
      writeConcern: { w: 'majority', journal: true },
    });
  // migrate-mongo does not await all that it sends, and must not be cut off.
  const connection = await connect(1);
  try {
    const bulk = await connect(BULK_CONNECTIONS);
    try {
      const context = { bulk: databaseOf(bulk).db, ...(legacy && { legacy }) };
      return await commands[command](databaseOf(connection), context);
    } finally {
      await bulk.close();
    }
  } finally {
    await connection.close();
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(commands, text);
}

await runAsProgram(import.meta.url, async () => {
  const { MONGODB_URI, legacy } = loadMigrationConfig();
  const lines = await withCliErrors(migrate(MONGODB_URI, process.argv[2] ?? 'up', legacy));
  process.stdout.write(`${(lines.length > 0 ? lines : ['nothing to do']).join('\n')}\n`);
  process.exit(0);
});
