import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import type { OrderPolicy } from './contract.ts';
import { checkPricing, pricingVariables } from './pricing-config.ts';
import { type LegacySettings, legacySchema } from './takeover/legacy-config.ts';

type Env = Readonly<Record<string, string | undefined>>;

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });
const http = url('http:', 'https:').transform((text) => text.replace(/\/+$/, ''));
const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1);

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
  MONGODB_URI: url('mongodb:', 'mongodb+srv:'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('orders'),
  /** Where operators see the Web UI; links are relative without it. */
  TEMPORAL_UI_URL: http.optional(),
};

const policy = {
  QUICK_STEP_MS: milliseconds.default(1_000),
  RETRY_INITIAL_MS: milliseconds.default(1_000),
  RETRY_MAX_MS: milliseconds.default(30_000),
  PATIENT_MS: milliseconds.default(300_000),
  PARKED_INITIAL_MS: milliseconds.default(300_000),
  PARKED_MAX_MS: milliseconds.default(14_400_000),
  TRANSFER_POLL_MS: milliseconds.default(300_000),
  TRANSFER_EXPIRY_MS: milliseconds.default(604_800_000),
};

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
  /** Origins whose pages may call the API; none by default. */
  CORS_ORIGINS: origins.default([]),
  SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).default(0),
  SHUTDOWN_GRACE_MS: milliseconds.default(8_000),
  PLACEMENT_DEADLINE_MS: milliseconds.default(5_000),
});

const apiSchema = apiFields.superRefine((config, context) => {
  const refuse = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { JWT_SECRET, JWKS_URL, NODE_ENV, REDIS_URL } = config;
  if (JWT_SECRET === undefined && JWKS_URL === undefined) {
    refuse('JWT_SECRET', 'is required, or JWKS_URL');
  }
  if (JWT_SECRET !== undefined && JWKS_URL !== undefined) {
    refuse('JWKS_URL', 'must not be set beside JWT_SECRET: tokens are checked in one way');
  }
  if (NODE_ENV === 'production' && REDIS_URL === undefined) {
    refuse('REDIS_URL', 'is required in production');
  }
});

const workerSchema = z
  .object({
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
    BREAKER_RESET_MS: milliseconds.default(5_000),
    CHARGE_BREAKER_RESET_MS: milliseconds.default(30_000),
    SHUTDOWN_GRACE_MS: milliseconds.default(8_000),
    RECONCILE_EVERY_MS: milliseconds.default(300_000),
    /** Whether this worker sees to it that the desk and the reconciler run; not in tests. */
    LONG_LIVED: z.enum(['on', 'off']).optional(),
  })
  .superRefine((config, context) => {
    for (const name of ['REDIS_URL', 'RABBITMQ_URL'] as const) {
      if (config.NODE_ENV !== 'production' || config[name] !== undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'is required in production' });
    }
  });

const takeoverSchema = z
  .object({ ...common, ...policy, ...events })
  .refine((config) => config.NODE_ENV !== 'production' || config.RABBITMQ_URL !== undefined, {
    path: ['RABBITMQ_URL'],
    error: 'is required in production',
  });

/** Where Temporal is: TEMPORAL_ADDRESS, _NAMESPACE, _API_KEY, _TLS_*, or a profile of its CLI. */
interface WithTemporal {
  temporal: ClientConnectConfig;
}

export type ApiConfig = z.output<typeof apiSchema> & WithTemporal;
export type TakeoverConfig = z.output<typeof takeoverSchema> & WithTemporal;
export interface MigrationConfig {
  MONGODB_URI: string;
  legacy: LegacySettings;
}
export type WorkerConfig = z.output<typeof workerSchema> & WithTemporal;

/** How long the steps of an order may take, as the environment sets it. */
export function orderPolicy(config: Pick<ApiConfig, keyof typeof policy>): OrderPolicy {
  return {
    quickMs: config.QUICK_STEP_MS,
    retryInitialMs: config.RETRY_INITIAL_MS,
    retryMaxMs: config.RETRY_MAX_MS,
    patientMs: config.PATIENT_MS,
    parkedInitialMs: config.PARKED_INITIAL_MS,
    parkedMaxMs: config.PARKED_MAX_MS,
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
  return { ...load(apiSchema.superRefine(checkPricing), env), temporal: loadTemporal(env) };
}

/** The worker's configuration. Throws ConfigError. */
export function loadWorkerConfig(env: Env = process.env): WorkerConfig {
  return { ...load(workerSchema, env), temporal: loadTemporal(env) };
}

/** What the rest of a takeover needs. Throws ConfigError. */
export function loadTakeoverConfig(env: Env = process.env): TakeoverConfig {
  return { ...load(takeoverSchema, env), temporal: loadTemporal(env) };
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

function load<Schema extends z.ZodType>(schema: Schema, env: Env): z.output<Schema> {
  const values = given(env);
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `  ${name}: ${name in values || message.startsWith('is required') ? message : 'is missing'}`;
  });
  throw new ConfigError(`The configuration is not complete:\n${lines.join('\n')}`);
}

/** An empty value counts as none, as in a .env file that lists every name. */
function given(env: Env): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]);
  return Object.fromEntries(entries);
}
