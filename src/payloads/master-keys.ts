import { seal, unseal } from './aes-gcm.ts';

/** A key that is needed is not there: not configured any more, or not in MongoDB. */
export class PayloadKeyMissing extends Error {
  override readonly name = 'PayloadKeyMissing';
}

/** A data key as it is stored: encrypted with the master key of this id. */
export interface WrappedKey {
  masterKeyId: string;
  wrapped: Uint8Array;
}

/** The keys of TEMPORAL_PAYLOAD_KEYS, by their ids: the first encrypts, all of them decrypt. */
export class MasterKeys {
  readonly currentId: string;

  constructor(readonly keys: ReadonlyMap<string, Uint8Array>) {
    const [currentId] = keys.keys();
    if (currentId === undefined) throw new Error('there is no master key');
    this.currentId = currentId;
  }

  /** Throws PayloadKeyMissing. */
  keyOf(id: string): Uint8Array {
    const key = this.keys.get(id);
    if (key !== undefined) return key;
    throw new PayloadKeyMissing(`TEMPORAL_PAYLOAD_KEYS has no key "${id}" any more: add it again`);
  }

  wrap(dataKey: Uint8Array, orderId: string): WrappedKey {
    const masterKeyId = this.currentId;
    return { masterKeyId, wrapped: seal(this.keyOf(masterKeyId), dataKey, orderId) };
  }

  /** Throws PayloadKeyMissing. */
  unwrap({ masterKeyId, wrapped }: WrappedKey, orderId: string): Uint8Array {
    return unseal(this.keyOf(masterKeyId), wrapped, orderId);
  }
}
