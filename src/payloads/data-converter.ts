import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { Connection } from 'mongoose';
import { DataKeyStore } from '../store/data-key-store.ts';
import { DataKeys } from './data-keys.ts';
import { MasterKeys } from './master-keys.ts';
import { EncryptionCodec } from './payload-codec.ts';

/** As the configuration has it. */
export interface PayloadSettings {
  TEMPORAL_PAYLOAD_KEYS?: ReadonlyMap<string, Uint8Array> | undefined;
  TEMPORAL_PAYLOAD_ENCRYPTION: 'on' | 'off';
}

/** For the bundle of the workflows, and for whoever creates failures outside of them. */
export const failureConverterPath = fileURLToPath(
  new URL('./failure-converter.cjs', import.meta.url),
);

/** Whether what is written is encrypted: there are keys, and nobody has switched it off. */
export function isEncrypting(settings: PayloadSettings): boolean {
  return (
    settings.TEMPORAL_PAYLOAD_KEYS !== undefined && settings.TEMPORAL_PAYLOAD_ENCRYPTION === 'on'
  );
}

/** Undefined without keys: then nothing is encrypted, and nothing that is can be read. */
export function createCodec(
  settings: PayloadSettings,
  connection: Connection,
  { isWorker = false } = {},
): EncryptionCodec | undefined {
  const { TEMPORAL_PAYLOAD_KEYS: keys } = settings;
  if (keys === undefined) return undefined;
  const masterKeys = new MasterKeys(keys);
  const dataKeys = new DataKeys(new DataKeyStore(connection), masterKeys);
  const encrypts = isEncrypting(settings);
  return new EncryptionCodec({ masterKeys, dataKeys, encrypts, fallsBack: isWorker });
}

/** What every client and worker of Temporal is given: all of them have to read the same. */
export function createDataConverter(
  settings: PayloadSettings,
  connection: Connection,
  options?: { isWorker: boolean },
): DataConverter {
  const codec = createCodec(settings, connection, options);
  return {
    ...(codec && { payloadCodecs: [codec] }),
    ...(isEncrypting(settings) && { failureConverterPath }),
  };
}
