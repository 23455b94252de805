import mongoose, { type Connection } from 'mongoose';
import { seededOrder } from './seeded-order.ts';

export interface SeedOptions {
  orders: number;
  users: number;
  /** The same text gives the same orders. */
  seed: string;
}

const names = ['orderitems', 'orderstatushistory', 'payments', 'orders'] as const;
const BATCH = 1_000;
/** For speed: whoever loses seeded orders seeds them again. */
const FAST = { ordered: false, writeConcern: { w: 1, journal: false } } as const;

/** Writes orders in bulk, past the workflows: they have none, and are left alone by the reconciler. */
export async function seedOrders(
  connection: Connection,
  options: SeedOptions,
  onProgress: (done: number) => void = () => {},
): Promise<void> {
  for (let done = 0; done < options.orders; done += BATCH) {
    const count = Math.min(BATCH, options.orders - done);
    const batch = Array.from({ length: count }, (_, index) => seededOrder(done + index, options));
    await Promise.all(
      names.map((name) =>
        insert(
          connection,
          name,
          batch.flatMap((one): object[] => one[name]),
        ),
      ),
    );
    onProgress(done + count);
  }
}

async function insert(connection: Connection, name: string, documents: object[]): Promise<void> {
  if (documents.length === 0) return;
  try {
    await connection.collection(name).insertMany(documents, FAST);
  } catch (error) {
    // What is there already is the same order, by the same seed.
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || error.code !== 11000) throw error;
  }
}
