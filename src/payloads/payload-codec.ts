import {
  defaultPayloadConverter,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
} from '@temporalio/common';
import proto from '@temporalio/proto';
import { orderOfWorkflow } from '../contract/order.ts';
import { ERASED_TEXT } from '../domain/erased.ts';
import { ERASED } from '../store/data-key-store.ts';
import { seal, unseal } from './aes-gcm.ts';
import type { DataKey, DataKeys } from './data-keys.ts';
import { type MasterKeys, PayloadKeyMissing } from './master-keys.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** As Temporal's samples call it, so that other tools know what they cannot read. */
const ENCODING = Buffer.from('binary/encrypted');
const KEY_ID = 'encryption-key-id';
/** Before the id of what has a key: an order, or what belongs to none. */
const ORDER = 'order:';
const MASTER = 'master:';

interface Key {
  id: string;
  key: Uint8Array;
}

export interface CodecOptions {
  masterKeys: MasterKeys;
  dataKeys: DataKeys;
  /** False while encryption is being introduced or given up: then it only reads. */
  encrypts: boolean;
  /**
   * Whether a payload of an order whose key cannot be had is encrypted with the master key. A worker
   * that cannot read an order has to say so, by a payload; one that could not would end.
   */
  fallsBack: boolean;
}

/**
 * Encrypts what Temporal stores. Payloads of an order's workflows have the order's own key, all others
 * the current master key; which one stands beside the ciphertext, since the server of the Web UI is told
 * nothing else. Payloads that are not encrypted pass: operators write Signals by hand.
 */
export class EncryptionCodec implements PayloadCodec {
  constructor(readonly options: CodecOptions) {}

  /** Throws PayloadKeysUnavailable or PayloadKeyMissing, unless it falls back. */
  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    if (!this.options.encrypts || payloads.length === 0) return payloads;
    const key = await this.#keyFor(context);
    return payloads.map((payload) => encrypted(payload, key));
  }

  /** Throws PayloadKeysUnavailable, or PayloadKeyMissing. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.#decoded(payload)));
  }

  async #keyFor(context: SerializationContext | undefined): Promise<Key> {
    const orderId = orderOfWorkflow(context?.workflowId);
    const key = orderId === undefined ? ERASED : await this.#keyOfOrder(orderId);
    if (key !== ERASED) return { id: `${ORDER}${orderId}`, key };
    const { masterKeys } = this.options;
    const { currentId } = masterKeys;
    return { id: `${MASTER}${currentId}`, key: masterKeys.keyOf(currentId) };
  }

  async #keyOfOrder(orderId: string): Promise<DataKey> {
    const { dataKeys, fallsBack } = this.options;
    try {
      return await dataKeys.obtain(orderId);
    } catch (error) {
      if (!fallsBack) throw error;
      return ERASED;
    }
  }

  async #decoded(payload: Payload): Promise<Payload> {
    const id = keyIdOf(payload);
    if (id === undefined) return payload;
    const key = await this.#keyOf(id);
    if (key === ERASED) return defaultPayloadConverter.toPayload(ERASED_TEXT);
    return PayloadProto.decode(unseal(key, payload.data ?? new Uint8Array(), id));
  }

  async #keyOf(id: string): Promise<Uint8Array | typeof ERASED> {
    const { masterKeys, dataKeys } = this.options;
    if (id.startsWith(MASTER)) return masterKeys.keyOf(id.slice(MASTER.length));
    const orderId = id.slice(ORDER.length);
    const key = await dataKeys.find(orderId);
    if (key !== undefined) return key;
    throw new PayloadKeyMissing(`MongoDB has no key of order ${orderId}: restore "datakeys"`);
  }
}

/** The order whose key a payload needs to be read; undefined when it needs none of an order. */
export function orderOfPayload(payload: Payload): string | undefined {
  const id = keyIdOf(payload);
  return id?.startsWith(ORDER) ? id.slice(ORDER.length) : undefined;
}

function encrypted(payload: Payload, { id, key }: Key): Payload {
  const data = seal(key, PayloadProto.encode(payload).finish(), id);
  return { metadata: { encoding: ENCODING, [KEY_ID]: Buffer.from(id) }, data };
}

/** Undefined for what is not encrypted. */
function keyIdOf({ metadata }: Payload): string | undefined {
  const encoding = metadata?.encoding;
  if (encoding === undefined || !ENCODING.equals(encoding)) return undefined;
  return Buffer.from(metadata?.[KEY_ID] ?? []).toString();
}
