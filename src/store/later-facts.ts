import type { Connection, mongo } from 'mongoose';
import { createModels, type HistoryDocument, type OrderDocument } from './models.ts';
import { once } from './once.ts';

interface Fact extends Pick<HistoryDocument, 'comment' | 'createdBy' | 'note'> {
  orderId: string;
  /** ISO 8601. */
  at: string;
}

/**
 * Facts about orders that are shipped, and have no workflow any more. Whoever records one takes the
 * order's next version by one update of its document, so that writers at once never share one; its row
 * in the history follows.
 */
export class LaterFacts {
  readonly #models;

  constructor(connection: Connection) {
    this.#models = createModels(connection);
  }

  /** The `$add` of the version that the order gets. */
  static readonly NEXT_VERSION = { $add: ['$version', 1] };

  /** Changes an order that the filter still finds, and answers it as it is then. */
  async change(orderId: string, filter: mongo.Document, changes: mongo.Document, at: string) {
    const { collection } = this.#models.Order;
    const version = LaterFacts.NEXT_VERSION;
    const $set = { ...changes, version, updatedAt: { $literal: new Date(at) } };
    await collection.updateOne({ uuid: orderId, status: 'ENVIADO', ...filter }, [{ $set }]);
    const order = await collection.findOne<OrderDocument>({ uuid: orderId });
    if (order === null) throw new Error(`order ${orderId} is gone`);
    return order;
  }

  /** Answers the time that the row has, of this attempt or of an earlier one. */
  async tell({ orderId, at, note, ...fact }: Fact, version: number): Promise<string> {
    const { History } = this.#models;
    const row = { ...fact, orderId, status: 'ENVIADO', version, createdAt: new Date(at) };
    await once(() => History.insertMany([{ ...row, ...(note && { note }) }]));
    const written = await History.findOne({ orderId, version }).lean();
    return written?.createdAt.toISOString() ?? at;
  }
}
