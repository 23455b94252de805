import { z } from 'zod';
import { payloadVariables } from './payloads.ts';
import { amounts, pricingVariables } from './pricing.ts';
import {
  buildId,
  count,
  days,
  http,
  milliseconds,
  mongodb,
  origins,
  port,
  TIMER_MAX_MS,
  timer,
  url,
} from './types.ts';

/** What each variable is, in the words of docs/operate/configuration.md. */

const redis = url('redis:', 'rediss:')
  .optional()
  .describe('cache and rate limits; unset, they are in each process');

const shutdownGrace = timer
  .default(8_000)
  .describe('how long what is under way may take when the program is told to stop');

export const common = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('with production, a start with published secrets or missing servers is refused'),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('the least important lines that are written'),
  HOST: z.string().min(1).default('127.0.0.1').describe('the address to listen on'),
  MONGODB_URI: mongodb.describe('a replica set, with the user of this program'),
  TEMPORAL_TASK_QUEUE: z
    .string()
    .min(1)
    .default('orders')
    .describe('one for each orders service of a namespace'),
  TEMPORAL_UI_URL: http
    .optional()
    .describe('where operators see the Web UI; links for them are relative without it'),
  ...payloadVariables,
  OTEL_EXPORTER_OTLP_ENDPOINT: http
    .optional()
    .describe('where spans are sent by OTLP over HTTP; unset, none are recorded'),
};

export const policy = {
  RETRY_INITIAL_MS: days(1).default(1_000).describe('first pause between attempts of a step'),
  RETRY_MAX_MS: days(1).default(30_000).describe('longest pause between attempts of a step'),
  RETRY_MS: days(1)
    .default(300_000)
    .describe('how long a step is repeated before its order is stuck'),
  STUCK_INITIAL_MS: days(7)
    .default(300_000)
    .describe('first pause between attempts of an order that is stuck'),
  STUCK_MAX_MS: days(7)
    .default(14_400_000)
    .describe('longest pause between attempts of an order that is stuck'),
  TRANSFER_POLL_MS: days(1).default(300_000).describe('how often a bank transfer is looked for'),
  TRANSFER_EXPIRY_MS: days(60).default(604_800_000).describe('when a bank transfer is given up'),
  PAYMENT_RETRY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(TIMER_MAX_MS)
    .default(0)
    .describe('how long a customer may pay with something else after a decline; 0: not at all'),
  PAYMENT_ATTEMPTS: count(2).default(3).describe('how many attempts to pay an order has then'),
  SHIP_BY_MS: days(365)
    .default(259_200_000)
    .describe('how long after its payment an order should have left; later ones are listed'),
  REVIEW_OVER: amounts
    .optional()
    .describe('amounts by currency; an order of more is held for a person before it is charged'),
  REVIEW_MS: days(60)
    .default(259_200_000)
    .describe('how long a person may take for that; then the order is cancelled'),
};

export const events = {
  RABBITMQ_URL: url('amqp:', 'amqps:')
    .optional()
    .describe('where events are published; unset, they are appended to EVENTS_FILE'),
  EVENTS_FILE: z
    .string()
    .min(1)
    .default('.data/events.jsonl')
    .describe('takes events where there is no broker'),
};

const tokens = {
  JWT_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('tokens are signed with it (HS256); this or JWKS_URL'),
  JWKS_URL: http
    .optional()
    .describe('serves the keys that tokens are signed with (RS256, ES256); this or JWT_SECRET'),
  JWT_ISSUER: z.string().min(1).default('orders-service').describe('of every token'),
  JWT_AUDIENCE: z.string().min(1).default('orders-api').describe('of every token'),
};

export const api = {
  ...common,
  ...policy,
  ...pricingVariables,
  ...tokens,
  PORT: port.default(3000).describe('of the API'),
  PUBLIC_URL: http
    .optional()
    .describe('where clients reach the API, with its prefix if it has one; links begin with it'),
  HSTS_SECONDS: count(0)
    .default(15_552_000)
    .describe('browsers that came by https use it alone for so long; 0 tells them nothing'),
  MAX_CONNECTIONS: count(1)
    .default(10_000)
    .describe('connections of a process; more are closed at once'),
  METRICS_PORT: port.default(9464).describe("of the API's metrics"),
  REDIS_URL: redis,
  RATE_LIMIT_USER_PER_MINUTE: count(1).default(300).describe('requests of a user'),
  RATE_LIMIT_ADMIN_PER_MINUTE: count(1).default(3_000).describe('requests of an admin'),
  RATE_LIMIT_PLACEMENTS_PER_MINUTE: count(1).default(60).describe('placements of a user'),
  TRUSTED_PROXIES: count(0, 10)
    .optional()
    .describe(
      'proxies that each add the address they see to X-Forwarded-For; 0 when clients connect directly. Unset, no address is limited',
    ),
  RATE_LIMIT_ADDRESS_PER_MINUTE: count(1)
    .default(600)
    .describe(
      'requests of an address without a valid token, in each process; needs TRUSTED_PROXIES',
    ),
  PLACEMENTS_IN_FLIGHT: count(1)
    .default(500)
    .describe('placements that a process works on or waits with at once; more are 503'),
  UNPAID_ORDERS_PER_USER: count(1)
    .default(50)
    .describe('orders of a user that may hold stock unpaid'),
  DECLINES_PER_USER_AND_HOUR: count(1)
    .default(20)
    .describe('orders of a user that may be declined within an hour'),
  EVENT_STREAMS_PER_USER: count(1).default(20).describe('open event streams of a user'),
  EVENT_STREAMS: count(1).default(5_000).describe('open event streams of a process'),
  WITHDRAWAL_MS: days(365)
    .default(1_209_600_000)
    .describe('how long after the shipment a customer may withdraw'),
  CORS_ORIGINS: origins
    .default([])
    .describe('origins whose pages may call the API, with commas between them'),
  SHUTDOWN_DELAY_MS: count(0, TIMER_MAX_MS)
    .default(0)
    .describe('how long requests are still taken after the program was told to stop'),
  SHUTDOWN_GRACE_MS: shutdownGrace,
  PLACEMENT_DEADLINE_MS: milliseconds
    .max(60_000)
    .default(5_000)
    .describe('how long a customer waits for an answer; then it is 202'),
};

export const worker = {
  ...common,
  HEALTH_PORT: port.default(3001).describe("of the worker's health and metrics"),
  AUTH_SERVICE_URL: http.describe('knows users'),
  PRODUCTS_SERVICE_URL: http.describe('knows products and prices'),
  INVENTORY_SERVICE_URL: http.describe('reserves stock'),
  PAYMENTS_SERVICE_URL: http.describe('charges and refunds'),
  REDIS_URL: redis,
  INVALIDATION_EXCHANGE: z
    .string()
    .min(1)
    .default('domain-events')
    .describe("the topic exchange on which users' and products' owners say what changed"),
  ...events,
  WORKFLOW_BUNDLE: z
    .string()
    .min(1)
    .optional()
    .describe("the workflows' bundle; unset, it is made at the start"),
  BREAKER_RESET_MS: timer.default(5_000).describe('how long a circuit breaker stays open'),
  CHARGE_BREAKER_RESET_MS: timer.default(30_000).describe('how long that of the charge stays open'),
  SHUTDOWN_GRACE_MS: shutdownGrace,
  WORKFLOW_TASK_SLOTS: count(2, 1_000).default(10).describe('workflow tasks held at once'),
  ACTIVITY_SLOTS: count(1, 1_000).default(50).describe('activities that run at once'),
  CACHED_WORKFLOWS: count(10, 100_000)
    .default(1_000)
    .describe('workflows kept in memory, of about 0.4 MB each'),
  RECONCILE_EVERY_MS: timer.default(300_000).describe('how often the reconciler compares'),
  WORKER_BUILD_ID: buildId
    .optional()
    .describe(
      'the version of this worker; it gets work once npm run deploy-version made it current',
    ),
  WORKER_DEPLOYMENT: z
    .string()
    .min(1)
    .max(100)
    .default('orders-worker')
    .describe('the name under which Temporal knows the versions'),
  SYSTEM_WORKFLOWS: z
    .enum(['on', 'off'])
    .optional()
    .describe(
      'whether this worker starts the stuck-orders page and the reconciler; on, but in tests',
    ),
};

export const codecServer = {
  CODEC_PORT: port.default(3002).describe('of the codec server'),
  TEMPORAL_UI_URL: http.describe('pages of its origin may have payloads decoded'),
  TEMPORAL_PAYLOAD_KEYS: payloadVariables.TEMPORAL_PAYLOAD_KEYS.nonoptional().describe(
    'as API and worker have them',
  ),
};
