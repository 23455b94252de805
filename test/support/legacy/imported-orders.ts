import { importLegacyOrders } from '../../../src/commands/import-legacy-orders.ts';
import { migrate } from '../../../src/commands/migrate.ts';
import { loadImportConfig } from '../../../src/config/config.ts';
import { startStack } from '../stack.ts';
import { legacyData, plant } from './legacy-orders.ts';

/** A stack whose database was another service's, and was imported; no other has the same orders. */
export async function startImported(count: number) {
  const stack = await startStack();
  const uri = stack.workerEnv.MONGODB_URI;
  await stack.db.dropDatabase();
  await plant(uri, legacyData(count, { seed: uri }));
  await migrate(uri, 'up');
  return {
    stack,
    uri,
    /** Runs a command of what is left to do, and answers its lines. */
    async run(...args: string[]): Promise<string[]> {
      const lines: string[] = [];
      const config = loadImportConfig({ ...stack.workerEnv, RETRY_MS: '500' });
      await importLegacyOrders(config, args, (line) => lines.push(line));
      return lines;
    },
    async anOrder(filter: Record<string, unknown>) {
      const found = await stack.db.collection('orders').findOne(filter);
      return { orderId: `${found?.uuid}`, userId: `${found?.userId}` };
    },
  };
}
