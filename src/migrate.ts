import { ConfigError, loadDatabaseConfig } from './config.ts';
import { runAsProgram, toldPlainly } from './program.ts';
import { connectStore } from './store/connection.ts';
import { databaseOf, migrateDown, migrateUp, migrationStatus } from './store/migrations.ts';

type Command = 'up' | 'down' | 'status';

const commands: Record<Command, (database: ReturnType<typeof databaseOf>) => Promise<string[]>> = {
  up: async (database) => (await migrateUp(database)).map((name) => `applied ${name}`),
  down: async (database) => (await migrateDown(database)).map((name) => `took back ${name}`),
  status: async (database) =>
    (await migrationStatus(database)).map((row) => `${row.appliedAt}  ${row.fileName}`),
};

/** Runs one command of the migrations, and answers a line for each thing it did or found. */
export async function migrate(uri: string, command: string): Promise<string[]> {
  if (!isCommand(command)) throw new ConfigError('usage: migrate up | down | status');
  const connection = await connectStore(uri, {
    // migrate-mongo does not await all that it sends, and must not be cut off.
    maxPoolSize: 1,
    // An index of a large collection takes its time.
    socketTimeoutMS: 0,
    waitQueueTimeoutMS: 0,
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    return await commands[command](databaseOf(connection));
  } finally {
    await connection.close();
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(commands, text);
}

await runAsProgram(import.meta.url, async () => {
  const lines = await toldPlainly(
    migrate(loadDatabaseConfig().MONGODB_URI, process.argv[2] ?? 'up'),
  );
  process.stdout.write(`${(lines.length > 0 ? lines : ['nothing to do']).join('\n')}\n`);
  process.exit(0);
});
