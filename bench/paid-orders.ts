import type mongoose from 'mongoose';

/** Tells when orders become PAGADO, by performance.now(). */
export interface PaidOrders {
  /** Rejects when the order is not paid in time. */
  paidAt(orderId: string): Promise<number>;
  close(): Promise<void>;
}

interface OrderRow {
  _id: mongoose.mongo.ObjectId;
  uuid: string;
}

type Change =
  | mongoose.mongo.ChangeStreamInsertDocument<OrderRow>
  | mongoose.mongo.ChangeStreamUpdateDocument<OrderRow>;

const LONGEST_MS = 90_000;

/**
 * A change stream on the orders: two small notices for each, that it is there and that it is paid,
 * pushed by MongoDB once the write is safe. Asking the API again and again would be load.
 */
export async function watchPaidOrders(database: mongoose.mongo.Db): Promise<PaidOrders> {
  const stream = database.collection('orders').watch<OrderRow, Change>([
    {
      $match: {
        $or: [{ operationType: 'insert' }, { 'updateDescription.updatedFields.status': 'PAGADO' }],
      },
    },
    { $project: { operationType: 1, documentKey: 1, 'fullDocument.uuid': 1 } },
  ]);
  const orderIds = new Map<string, string>();
  const seen = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();

  // The stream begins with the first question, which therefore comes before the load.
  await stream.tryNext();
  const reading = read().catch((error: unknown) => {
    if (!stream.closed) throw error;
  });

  async function read(): Promise<void> {
    for await (const change of stream) {
      const key = change.documentKey._id.toHexString();
      if (change.operationType === 'insert') orderIds.set(key, change.fullDocument.uuid);
      else notePaid(orderIds.get(key));
    }
  }

  function notePaid(orderId: string | undefined): void {
    if (orderId === undefined) return;
    const at = performance.now();
    seen.set(orderId, at);
    waiting.get(orderId)?.(at);
  }

  return {
    async paidAt(orderId) {
      const known = seen.get(orderId);
      if (known !== undefined) return known;
      let timer: NodeJS.Timeout | undefined;
      try {
        return await new Promise((resolve, reject) => {
          waiting.set(orderId, resolve);
          timer = setTimeout(
            () => reject(new Error(`order ${orderId} is not paid after ${LONGEST_MS / 1000} s`)),
            LONGEST_MS,
          );
        });
      } finally {
        clearTimeout(timer);
        waiting.delete(orderId);
      }
    },
    async close() {
      await stream.close();
      await reading;
    },
  };
}
