import { ConfigError, loadKeysConfig } from '../config/config.ts';
import { DataKeys } from '../payloads/data-keys.ts';
import { MasterKeys } from '../payloads/master-keys.ts';
import { runAsProgram, withCliErrors } from '../platform/lifecycle.ts';
import { connectStore } from '../store/connection.ts';
import { DataKeyStore } from '../store/data-key-store.ts';

const USAGE = `Usage: npm run payload-keys -- rewrap

Puts the key of each order under the first key of TEMPORAL_PAYLOAD_KEYS, so that older ones can be taken
out. May be repeated, and runs beside the service.
`;

/** Answers what to tell. Throws ConfigError, and PayloadKeyMissing when an old key is gone already. */
async function rewrap(args: readonly string[]): Promise<string> {
  if (args.join(' ') !== 'rewrap') throw new ConfigError(USAGE);
  const { MONGODB_URI, TEMPORAL_PAYLOAD_KEYS } = loadKeysConfig();
  const connection = await connectStore(MONGODB_URI);
  try {
    const masterKeys = new MasterKeys(TEMPORAL_PAYLOAD_KEYS);
    const count = await new DataKeys(new DataKeyStore(connection), masterKeys).rewrap();
    return `${count} keys are under "${masterKeys.currentId}" now, and none is under another\n`;
  } finally {
    await connection.close();
  }
}

await runAsProgram(import.meta.url, async () => {
  process.stdout.write(await withCliErrors(rewrap(process.argv.slice(2))));
  process.exit(0);
});
