import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type DataKeyStore, ERASED } from '../store/data-key-store.ts';
import { KEY_BYTES } from './aes-gcm.ts';
import type { MasterKeys } from './master-keys.ts';

export type DataKey = Uint8Array | typeof ERASED;

/** MongoDB gives no keys: nothing can be encrypted or read now. */
export class PayloadKeysUnavailable extends Error {
  override readonly name = 'PayloadKeysUnavailable';

  /** Whether it helps to wait; rights that are missing do not come by themselves. */
  get isOutage(): boolean {
    return !DENIALS.includes((this.cause as { code?: unknown }).code);
  }
}

/** Unauthorized, AuthenticationFailed. */
const DENIALS: unknown[] = [13, 18];

/** More than the workflows that a worker holds in memory. */
const MOST = 20_000;
/** Known keys go on working while MongoDB is away; erased ones are forgotten everywhere after it. */
const FRESH_MS = 600_000;

/** The key of each order, made when the first payload of the order is encrypted. */
export class DataKeys {
  readonly #known = new LRUCache<string, DataKey>({
    ...{ max: MOST, ttl: FRESH_MS, noDeleteOnStaleGet: true },
  });
  /** A workflow task has many payloads of one order. */
  readonly #reading = new Map<string, Promise<DataKey | undefined>>();

  constructor(
    readonly store: DataKeyStore,
    readonly masterKeys: MasterKeys,
  ) {}

  /** Undefined when the order has none. Throws PayloadKeysUnavailable, or PayloadKeyMissing. */
  async find(orderId: string): Promise<DataKey | undefined> {
    const known = this.#known.get(orderId);
    if (known !== undefined) return known;
    const reading = this.#reading.get(orderId) ?? this.#read(orderId);
    this.#reading.set(orderId, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(orderId);
    }
  }

  /** The order's key, which is made if there is none. Throws as find does. */
  async obtain(orderId: string): Promise<DataKey> {
    const known = await this.find(orderId);
    if (known !== undefined) return known;
    const key = randomBytes(KEY_BYTES);
    const wrapped = this.masterKeys.wrap(key, orderId);
    if (await answered(() => this.store.insert(orderId, wrapped))) {
      this.#known.set(orderId, key);
      return key;
    }
    // Another process was faster.
    return (await this.find(orderId)) ?? this.obtain(orderId);
  }

  /** Puts all keys under the current master key, so that older ones can go. Answers how many. */
  async rewrap(): Promise<number> {
    let count = 0;
    for await (const orderId of this.store.underOthers(this.masterKeys.currentId)) {
      const stored = await this.store.find(orderId);
      if (stored === undefined || stored === ERASED) continue;
      const key = this.masterKeys.unwrap(stored, orderId);
      await this.store.replace(orderId, stored, this.masterKeys.wrap(key, orderId));
      count += 1;
    }
    return count;
  }

  async #read(orderId: string): Promise<DataKey | undefined> {
    try {
      const stored = await answered(() => this.store.find(orderId));
      if (stored === undefined) return undefined;
      const key = stored === ERASED ? stored : this.masterKeys.unwrap(stored, orderId);
      this.#known.set(orderId, key);
      return key;
    } catch (error) {
      const stale = this.#known.get(orderId, { allowStale: true });
      if (stale === undefined || !(error instanceof PayloadKeysUnavailable)) throw error;
      return stale;
    }
  }
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new PayloadKeysUnavailable('MongoDB gives no keys of payloads', { cause });
  }
}
