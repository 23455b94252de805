import { randomUUID } from 'node:crypto';
import { connectStore } from '../../../src/store/connection.ts';
import { databaseOf } from '../../../src/store/migrations.ts';
import { testServers } from '../servers/servers.ts';

/** An empty database of the test's own, on the run's MongoDB. */
export async function openDatabase() {
  const uri = testServers().mongodbUri.replace(/\/orders(?=$|\?)/, `/test-${randomUUID()}`);
  const connection = await connectStore(uri);
  return {
    uri,
    connection,
    ...databaseOf(connection),
    async drop() {
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

export type TestDatabase = Awaited<ReturnType<typeof openDatabase>>;
