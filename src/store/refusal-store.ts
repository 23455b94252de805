import type { Connection } from 'mongoose';
import type { RefusedPlacement } from '../domain/records.ts';

/** As long as a refused Idempotency-Key gives the same answer; then it may be used anew. */
const KEPT_MS = 7 * 24 * 3_600_000;

interface RefusalDocument extends Omit<RefusedPlacement, 'orderId' | 'at'> {
  _id: string;
  at: Date;
  expiresAt: Date;
}

/** Placements that were refused before there was an order: what an answer that is lost said. */
export class RefusalStore {
  constructor(readonly connection: Connection) {}

  /** May be repeated; a later refusal of the same order replaces the one before. */
  async keep({ orderId, at, ...refusal }: RefusedPlacement): Promise<void> {
    const time = new Date(at);
    const expiresAt = new Date(time.getTime() + KEPT_MS);
    await this.#refusals.replaceOne(
      { _id: orderId },
      { ...refusal, at: time, expiresAt },
      { upsert: true },
    );
  }

  async find(orderId: string): Promise<RefusedPlacement | undefined> {
    // MongoDB removes what has expired a minute later.
    const found = await this.#refusals.findOne({ _id: orderId, expiresAt: { $gt: new Date() } });
    if (found === null) return undefined;
    const { _id, at, expiresAt, ...refusal } = found;
    return { orderId, at: at.toISOString(), ...refusal };
  }

  /** The ids of a user's refused placements from before a time, some of them at most. */
  async of(userId: string, before: Date, limit: number): Promise<string[]> {
    const found = await this.#refusals
      .find({ userId, at: { $lt: before } }, { projection: { _id: 1 }, limit })
      .toArray();
    return found.map(({ _id }) => _id);
  }

  async drop(orderIds: readonly string[]): Promise<void> {
    await this.#refusals.deleteMany({ _id: { $in: [...orderIds] } });
  }

  get #refusals() {
    return this.connection.collection<RefusalDocument>('refusals');
  }
}
