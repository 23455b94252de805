import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import type { OrderPolicy } from '../contract/order.ts';
import { type LegacySettings, legacySchema } from '../legacy-import/legacy-config.ts';
import { payloadVariables } from './payloads.ts';
import { checkPricing, pricingVariables } from './pricing.ts';
import { checkProduction } from './production.ts';

type Env = Readonly<Record<string, string | undefined>>;

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });
const http = url('http:', 'https:').transform((text) => text.replace(/\/+$/, ''));
/** Not a URL as others are: a replica set has several hosts. */
const mongodb = z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/]+/, {
  error: 'must be a URL that begins with mongodb:// or mongodb+srv://',
});
const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1);
/** For timers of Node.js: a longer one fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const timer = milliseconds.max(TIMER_MAX_MS);
const DAY_MS = 86_400_000;
/** For timers of Temporal, which may be longer, up to where a person would not look any more. */
const days = (most: number) => milliseconds.max(most * DAY_MS);

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    {
      error: 'must be origins such as https://shop.example, with commas between them',
    },
  );

const common = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  HOST: z.string().min(1).default('127.0.0.1'),
  MONGODB_URI: mongodb,
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('orders'),
  /** Where operators see the Web UI; links are relative without it. */
  TEMPORAL_UI_URL: http.optional(),
  ...payloadVariables,
  /** Where spans are sent by OTLP over HTTP; without it none are recorded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: http.optional(),
};

const policy = {
  RETRY_INITIAL_MS: days(1).default(1_000),
  RETRY_MAX_MS: days(1).default(30_000),
  RETRY_MS: days(1).default(300_000),
  STUCK_INITIAL_MS: days(7).default(300_000),
  STUCK_MAX_MS: days(7).default(14_400_000),
  TRANSFER_POLL_MS: days(1).default(300_000),
  TRANSFER_EXPIRY_MS: days(60).default(604_800_000),
};

type PolicyConfig = Readonly<Record<keyof typeof policy, number>>;

/** Temporal refuses a pause that begins longer than it may become, and the order would hang. */
const notLonger = [
  ['RETRY_INITIAL_MS', 'RETRY_MAX_MS'],
  ['STUCK_INITIAL_MS', 'STUCK_MAX_MS'],
  ['TRANSFER_POLL_MS', 'TRANSFER_EXPIRY_MS'],
] as const satisfies [keyof typeof policy, keyof typeof policy][];

function checkPolicy(config: PolicyConfig, context: z.RefinementCtx): void {
  for (const [shorter, longer] of notLonger) {
    if (config[shorter] <= config[longer]) continue;
    context.addIssue({ code: 'custom', path: [shorter], message: `must be at most ${longer}` });
  }
}

const events = {
  RABBITMQ_URL: url('amqp:', 'amqps:').optional(),
  EVENTS_FILE: z.string().min(1).default('.data/events.jsonl'),
};

const apiFields = z.object({
  ...common,
  ...policy,
  ...pricingVariables,
  PORT: port.default(3000),
  METRICS_PORT: port.default(9464),
  /** Tokens are signed with this secret (HS256), or with keys that JWKS_URL serves. */
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  JWKS_URL: http.optional(),
  JWT_ISSUER: z.string().min(1).default('orders-service'),
  JWT_AUDIENCE: z.string().min(1).default('orders-api'),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  RATE_LIMIT_USER_PER_MINUTE: z.coerce.number().int().min(1).default(300),
  RATE_LIMIT_ADMIN_PER_MINUTE: z.coerce.number().int().min(1).default(3_000),
  /** How many placements this process works on or waits with at once. */
  PLACEMENTS_IN_FLIGHT: z.coerce.number().int().min(1).default(500),
  RATE_LIMIT_PLACEMENTS_PER_MINUTE: z.coerce.number().int().min(1).default(60),
  /** How many orders of a user may hold stock unpaid, and how many may be declined in an hour. */
  UNPAID_ORDERS_PER_USER: z.coerce.number().int().min(1).default(50),
  DECLINES_PER_USER_AND_HOUR: z.coerce.number().int().min(1).default(20),
  /** How many event streams a user may have open at once, and how many a process. */
  EVENT_STREAMS_PER_USER: z.coerce.number().int().min(1).default(20),
  EVENT_STREAMS: z.coerce.number().int().min(1).default(5_000),
  /** Origins whose pages may call the API; none by default. */
  CORS_ORIGINS: origins.default([]),
  SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).max(TIMER_MAX_MS).default(0),
  SHUTDOWN_GRACE_MS: timer.default(8_000),
  /** Proxies and clients do not wait for minutes. */
  PLACEMENT_DEADLINE_MS: milliseconds.max(60_000).default(5_000),
});

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
  .extend({
    CODEC_PORT: port.default(3002),
    /** Pages of its origin may have payloads decoded. */
    TEMPORAL_UI_URL: http,
    TEMPORAL_PAYLOAD_KEYS: payloadVariables.TEMPORAL_PAYLOAD_KEYS.nonoptional(),
  });
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

const buildId = z.string().regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 of A-Z a-z 0-9 . _ -');

const workerFields = z.object({
  ...common,
  HEALTH_PORT: port.default(3001),
  AUTH_SERVICE_URL: http,
  PRODUCTS_SERVICE_URL: http,
  INVENTORY_SERVICE_URL: http,
  PAYMENTS_SERVICE_URL: http,
  REDIS_URL: url('redis:', 'rediss:').optional(),
  /** The topic exchange on which users' and products' owners say what changed. */
  INVALIDATION_EXCHANGE: z.string().min(1).default('domain-events'),
  ...events,
  WORKFLOW_BUNDLE: z.string().min(1).optional(),
  BREAKER_RESET_MS: timer.default(5_000),
  CHARGE_BREAKER_RESET_MS: timer.default(30_000),
  SHUTDOWN_GRACE_MS: timer.default(8_000),
  /** How many workflow tasks and activities are held at once, and how many workflows in memory. */
  WORKFLOW_TASK_SLOTS: z.coerce.number().int().min(2).max(1_000).default(10),
  ACTIVITY_SLOTS: z.coerce.number().int().min(1).max(1_000).default(50),
  CACHED_WORKFLOWS: z.coerce.number().int().min(10).max(100_000).default(1_000),
  RECONCILE_EVERY_MS: timer.default(300_000),
  /** With a build id, Temporal gives this worker work once its version is deployed. */
  WORKER_BUILD_ID: buildId.optional(),
  WORKER_DEPLOYMENT: z.string().min(1).max(100).default('orders-worker'),
  /** Whether this worker sees to it that the stuck-orders page and the reconciler run; not in tests. */
  SYSTEM_WORKFLOWS: z.enum(['on', 'off']).optional(),
});
const workerSchema = workerFields.superRefine(
  checkProduction(['REDIS_URL', 'RABBITMQ_URL', 'TEMPORAL_UI_URL']),
);

/** What makes a version of the worker current. */
const deploySchema = workerFields
  .pick({
    ...{ NODE_ENV: true, MONGODB_URI: true, TEMPORAL_TASK_QUEUE: true, WORKFLOW_BUNDLE: true },
    ...{ TEMPORAL_PAYLOAD_KEYS: true, TEMPORAL_PAYLOAD_ENCRYPTION: true, WORKER_DEPLOYMENT: true },
  })
  .extend({ WORKER_BUILD_ID: buildId })
  .superRefine(checkProduction([]));

const importSchema = z
  .object({ ...common, ...policy, ...events })
  .superRefine(checkPolicy)
  .superRefine(checkProduction(['RABBITMQ_URL']));

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
