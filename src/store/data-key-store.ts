import mongoose, { type Connection } from 'mongoose';

/** The key that the payloads of an order are encrypted with, itself encrypted with a master key. */
export interface StoredDataKey {
  masterKeyId: string;
  wrapped: Uint8Array;
}

/** The key was deleted: nobody can read any more what it encrypted. */
export const ERASED = 'erased';

interface DataKeyDocument {
  /** The order's id. */
  _id: string;
  masterKeyId?: string;
  wrapped?: mongoose.mongo.Binary;
  createdAt: Date;
  erasedAt?: Date;
}

const DUPLICATE_KEY = 11_000;

/** The data keys of orders. Without models: what is read here is needed for each payload. */
export class DataKeyStore {
  readonly #keys;

  constructor(connection: Connection) {
    this.#keys = connection.collection<DataKeyDocument>('datakeys');
  }

  async find(orderId: string): Promise<StoredDataKey | typeof ERASED | undefined> {
    const found = await this.#keys.findOne({ _id: orderId });
    if (found === null) return undefined;
    const { masterKeyId, wrapped } = found;
    if (masterKeyId === undefined || wrapped === undefined) return ERASED;
    return { masterKeyId, wrapped: wrapped.value() };
  }

  /** Keeps a new key, unless there is one; once this resolves, it survives a failover. */
  async insert(orderId: string, { masterKeyId, wrapped }: StoredDataKey): Promise<boolean> {
    try {
      await this.#keys.insertOne({
        _id: orderId,
        masterKeyId,
        wrapped: new mongoose.mongo.Binary(wrapped),
        createdAt: new Date(),
      });
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
      throw error;
    }
  }

  /** Replaces a key by the same under another master key; nothing happens when it changed meanwhile. */
  async replace(orderId: string, from: StoredDataKey, to: StoredDataKey): Promise<void> {
    await this.#keys.updateOne(
      { _id: orderId, masterKeyId: from.masterKeyId },
      { $set: { masterKeyId: to.masterKeyId, wrapped: new mongoose.mongo.Binary(to.wrapped) } },
    );
  }

  /** The ids of orders whose keys are under other master keys than this one. */
  async *underOthers(masterKeyId: string): AsyncGenerator<string> {
    const filter = { masterKeyId: { $exists: true, $ne: masterKeyId } };
    for await (const { _id } of this.#keys.find(filter, { projection: { _id: 1 } })) yield _id;
  }

  /** Deletes the keys of orders; answers how many there were. */
  async erase(orderIds: readonly string[]): Promise<number> {
    const { modifiedCount } = await this.#keys.updateMany(
      { _id: { $in: [...orderIds] }, wrapped: { $exists: true } },
      { $set: { erasedAt: new Date() }, $unset: { wrapped: '', masterKeyId: '' } },
    );
    return modifiedCount;
  }
}
