import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import type { OrderPolicy } from '../contract/order.ts';
import { type LegacySettings, legacySchema } from '../legacy-import/legacy-config.ts';
import { checkPricing } from './pricing.ts';
import { checkProduction } from './production.ts';
import { buildId } from './types.ts';
import { api, codecServer, common, events, policy, worker } from './variables.ts';

type Env = Readonly<Record<string, string | undefined>>;

type PolicyConfig = z.output<z.ZodObject<typeof policy>>;

/** Temporal refuses a pause that begins longer than it may become, and the order would hang. */
const notLonger = [
  ['RETRY_INITIAL_MS', 'RETRY_MAX_MS'],
  ['STUCK_INITIAL_MS', 'STUCK_MAX_MS'],
  ['TRANSFER_POLL_MS', 'TRANSFER_EXPIRY_MS'],
] as const;

function checkPolicy(config: PolicyConfig, context: z.RefinementCtx): void {
  for (const [shorter, longer] of notLonger) {
    if (config[shorter] <= config[longer]) continue;
    context.addIssue({ code: 'custom', path: [shorter], message: `must be at most ${longer}` });
  }
}

const apiFields = z.object(api);
const apiSchema = apiFields
  .superRefine(checkPolicy)
  .superRefine(checkProduction(['REDIS_URL', 'TEMPORAL_UI_URL']))
  .superRefine(checkTokens);

/** What decodes payloads for the Web UI and the `temporal` CLI. */
const codecFields = apiFields
  .pick({
    ...{ NODE_ENV: true, LOG_LEVEL: true, HOST: true, MONGODB_URI: true },
    ...{ TEMPORAL_PAYLOAD_KEYS: true, TEMPORAL_PAYLOAD_ENCRYPTION: true },
    ...{ JWT_SECRET: true, JWKS_URL: true, JWT_ISSUER: true, JWT_AUDIENCE: true },
    ...{ RATE_LIMIT_ADMIN_PER_MINUTE: true, SHUTDOWN_GRACE_MS: true },
  })
  .extend(codecServer);
const codecSchema = codecFields.superRefine(checkProduction([])).superRefine(checkTokens);

function checkTokens(
  { JWT_SECRET, JWKS_URL }: { JWT_SECRET?: string | undefined; JWKS_URL?: string | undefined },
  context: z.RefinementCtx,
): void {
  const refuse = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (JWT_SECRET === undefined && JWKS_URL === undefined) {
    refuse('JWT_SECRET', 'is required, or JWKS_URL');
  }
  if (JWT_SECRET !== undefined && JWKS_URL !== undefined) {
    refuse('JWKS_URL', 'must not be set beside JWT_SECRET: tokens are checked in one way');
  }
}

const workerFields = z.object(worker);
const workerSchema = workerFields.superRefine(
  checkProduction(['REDIS_URL', 'RABBITMQ_URL', 'TEMPORAL_UI_URL']),
);

/** What makes a version of the worker current. */
const deployFields = workerFields
  .pick({
    ...{ NODE_ENV: true, MONGODB_URI: true, TEMPORAL_TASK_QUEUE: true, WORKFLOW_BUNDLE: true },
    ...{ TEMPORAL_PAYLOAD_KEYS: true, TEMPORAL_PAYLOAD_ENCRYPTION: true, WORKER_DEPLOYMENT: true },
  })
  .extend({ WORKER_BUILD_ID: buildId.describe('the version that is made current') });
const deploySchema = deployFields.superRefine(checkProduction([]));

const importFields = z.object({ ...common, ...policy, ...events });
const importSchema = importFields
  .superRefine(checkPolicy)
  .superRefine(checkProduction(['RABBITMQ_URL']));

/** The variables of each program, for its documentation. */
export const programs = {
  API: api,
  worker,
  'codec server': codecFields.shape,
  'deploy-version': deployFields.shape,
  import: importFields.shape,
};

/** Where Temporal is: TEMPORAL_ADDRESS, _NAMESPACE, _API_KEY, _TLS_*, or a profile of its CLI. */
interface WithTemporal {
  temporal: ClientConnectConfig;
}

export type ApiConfig = z.output<typeof apiSchema> & WithTemporal;
export type DeployConfig = z.output<typeof deploySchema> & WithTemporal;
export type CodecConfig = z.output<typeof codecSchema>;
export type ImportConfig = z.output<typeof importSchema> & WithTemporal;
export interface MigrationConfig {
  MONGODB_URI: string;
  legacy: LegacySettings;
}
export type WorkerConfig = z.output<typeof workerSchema> & WithTemporal;

/** How long the steps of an order may take, as the environment sets it. */
export function orderPolicy(config: PolicyConfig): OrderPolicy {
  return {
    retryInitialMs: config.RETRY_INITIAL_MS,
    retryMaxMs: config.RETRY_MAX_MS,
    retryMs: config.RETRY_MS,
    stuckInitialMs: config.STUCK_INITIAL_MS,
    stuckMaxMs: config.STUCK_MAX_MS,
    transferPollMs: config.TRANSFER_POLL_MS,
    transferExpiryMs: config.TRANSFER_EXPIRY_MS,
    ...(config.PAYMENT_RETRY_MS > 0 && {
      secondTry: { withinMs: config.PAYMENT_RETRY_MS, attempts: config.PAYMENT_ATTEMPTS },
    }),
    shipByMs: config.SHIP_BY_MS,
    ...(config.REVIEW_OVER && {
      review: { over: config.REVIEW_OVER, withinMs: config.REVIEW_MS },
    }),
  };
}

/** A value that is missing or wrong; the message names it and never shows it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The API's configuration. Throws ConfigError. */
export function loadApiConfig(env: Env = process.env): ApiConfig {
  const config = load(apiSchema.superRefine(checkPricing), env);
  return { ...config, temporal: temporalFor(config, env) };
}

/** The codec server's configuration. Throws ConfigError. */
export function loadCodecConfig(env: Env = process.env): CodecConfig {
  return load(codecSchema, env);
}

/** What a version of the worker is deployed with. Throws ConfigError. */
export function loadDeployConfig(env: Env = process.env): DeployConfig {
  const config = load(deploySchema, env);
  return { ...config, temporal: temporalFor(config, env) };
}

/** What the keys of payloads are changed with. Throws ConfigError. */
export function loadKeysConfig(env: Env = process.env) {
  return load(
    codecFields.pick({
      ...{ MONGODB_URI: true, TEMPORAL_PAYLOAD_KEYS: true, TEMPORAL_PAYLOAD_ENCRYPTION: true },
    }),
    env,
  );
}

/** The worker's configuration. Throws ConfigError. */
export function loadWorkerConfig(env: Env = process.env): WorkerConfig {
  const config = load(workerSchema, env);
  return { ...config, temporal: temporalFor(config, env) };
}

/** What the rest of an import needs. Throws ConfigError. */
export function loadImportConfig(env: Env = process.env): ImportConfig {
  const config = load(importSchema, env);
  return { ...config, temporal: temporalFor(config, env) };
}

/** What the migrations need. Throws ConfigError. */
export function loadMigrationConfig(env: Env = process.env): MigrationConfig {
  const { MONGODB_URI } = load(z.object({ MONGODB_URI: common.MONGODB_URI }), env);
  return { MONGODB_URI, legacy: load(legacySchema, env) };
}

/** How Temporal is reached, as TEMPORAL_ADDRESS and its sisters say (API key, TLS, profiles). */
export function loadTemporal(env: Env): ClientConnectConfig {
  return loadClientConnectConfig({ overrideEnvVars: given(env) });
}

/** The SDK would go to 127.0.0.1:7233, where in production another Temporal may be, or none. */
function temporalFor({ NODE_ENV }: { NODE_ENV: string }, env: Env): ClientConnectConfig {
  const temporal = loadTemporal(env);
  if (NODE_ENV === 'production' && !temporal.connectionOptions.address) {
    throw incomplete(['TEMPORAL_ADDRESS: is required in production']);
  }
  return temporal;
}

function load<Schema extends z.ZodType>(schema: Schema, env: Env): z.output<Schema> {
  const values = given(env);
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, code, message }) => {
    const name = path.join('.');
    const isMissing = code === 'invalid_type' && !(name in values);
    return `${name}: ${isMissing ? 'is missing' : message}`;
  });
  throw incomplete(lines);
}

function incomplete(lines: readonly string[]): ConfigError {
  const told = lines.map((line) => `  ${line}`).join('\n');
  return new ConfigError(`The configuration is not complete:\n${told}`);
}

/** An empty value counts as none, as in a .env file that lists every name. */
function given(env: Env): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]);
  return Object.fromEntries(entries);
}
