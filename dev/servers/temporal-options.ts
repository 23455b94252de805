import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** How Temporal is reached, as TEMPORAL_ADDRESS and its sisters say (API key, TLS, profiles). */
export function temporalOptions(env: NodeJS.ProcessEnv): ConnectionOptions {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) }).connectionOptions;
}
