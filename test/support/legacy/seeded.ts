import type { Connection } from 'mongoose';
import { seededOrder } from '../../../dev/seed/seeded-order.ts';
import type { OrderStatus } from '../../../src/domain/order-status.ts';

/** Records an order that no workflow has placed, as an import would leave it, and answers its id. */
export async function imported(connection: Connection, status: OrderStatus, seed: string) {
  for (let n = 0; ; n++) {
    const order = seededOrder(n, { seed, users: 1 });
    if (order.orders[0]?.status !== status) continue;
    for (const [name, documents] of Object.entries(order)) {
      if (documents.length > 0) await connection.collection(name).insertMany(documents);
    }
    return `${order.orders[0].uuid}`;
  }
}
