import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  loadApiConfig,
  loadImportConfig,
  loadWorkerConfig,
  orderPolicy,
} from '../../src/config/config.ts';

const DAY_MS = 86_400_000;

const api = { MONGODB_URI: 'mongodb://127.0.0.1/orders', JWT_SECRET: 'x'.repeat(32) };
const worker = {
  MONGODB_URI: 'mongodb://127.0.0.1/orders',
  AUTH_SERVICE_URL: 'http://auth',
  PRODUCTS_SERVICE_URL: 'http://products',
  INVENTORY_SERVICE_URL: 'http://inventory',
  PAYMENTS_SERVICE_URL: 'http://payments/',
};

describe('the configuration', () => {
  it('needs little', () => {
    expect(loadApiConfig(api)).toMatchObject({ PORT: 3000, PLACEMENT_DEADLINE_MS: 5000 });
    expect(loadWorkerConfig(worker)).toMatchObject({ PAYMENTS_SERVICE_URL: 'http://payments' });
  });

  it.each([
    ['JWT_SECRET', { JWT_SECRET: undefined }, 'is required, or JWKS_URL'],
    ['JWKS_URL', { JWKS_URL: 'https://id.example/keys' }, 'must not be set beside JWT_SECRET'],
    ['JWKS_URL', { JWKS_URL: 'id.example' }, 'https://'],
    ['REDIS_URL', { NODE_ENV: 'production' }, 'is required in production'],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://shop.example/path' }, 'must be origins'],
    ['RATE_LIMIT_USER_PER_MINUTE', { RATE_LIMIT_USER_PER_MINUTE: '0' }, '1'],
    ['JWT_SECRET', { JWT_SECRET: 'short' }, 'at least 32 characters'],
    ['MONGODB_URI', { MONGODB_URI: '' }, 'is missing'],
    ['MONGODB_URI', { MONGODB_URI: 'localhost:27017' }, 'mongodb://'],
    ['PORT', { PORT: '99999' }, '65535'],
    ['NODE_ENV', { NODE_ENV: 'staging' }, 'production'],
    ['PLACEMENT_DEADLINE_MS', { PLACEMENT_DEADLINE_MS: '60001' }, '60000'],
    ['RETRY_MAX_MS', { RETRY_MAX_MS: `${DAY_MS + 1}` }, `${DAY_MS}`],
    ['RETRY_MS', { RETRY_MS: 'Infinity' }, 'number'],
    ['RETRY_INITIAL_MS', { RETRY_INITIAL_MS: '30001' }, 'at most RETRY_MAX_MS'],
    ['RETRY_INITIAL_MS', { RETRY_MAX_MS: '999' }, 'at most RETRY_MAX_MS'],
    ['STUCK_INITIAL_MS', { STUCK_MAX_MS: '299999' }, 'at most STUCK_MAX_MS'],
    ['TRANSFER_POLL_MS', { TRANSFER_EXPIRY_MS: '1000' }, 'at most TRANSFER_EXPIRY_MS'],
    ['TRANSFER_EXPIRY_MS', { TRANSFER_EXPIRY_MS: `${60 * DAY_MS + 1}` }, `${60 * DAY_MS}`],
  ])('names %s when it is missing or wrong, and never shows a value', (name, change, reason) => {
    const load = () => loadApiConfig({ ...api, ...change });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`${name}: .*${reason}`));
    for (const value of Object.values(change)) {
      if (value && value.length > 10) expect(load).not.toThrow(value);
    }
  });

  it.each(['SHUTDOWN_DELAY_MS', 'SHUTDOWN_GRACE_MS'])(
    'refuses what a timer of Node.js cannot hold, for the API: %s',
    (name) => {
      expect(() => loadApiConfig({ ...api, [name]: `${2 ** 31}` })).toThrow(`${name}: `);
      expect(loadApiConfig({ ...api, [name]: `${2 ** 31 - 1}` })).toMatchObject({
        [name]: 2 ** 31 - 1,
      });
    },
  );

  it.each([
    'BREAKER_RESET_MS',
    'CHARGE_BREAKER_RESET_MS',
    'RECONCILE_EVERY_MS',
    'SHUTDOWN_GRACE_MS',
  ])('refuses what a timer of Node.js cannot hold, for the worker: %s', (name) => {
    expect(() => loadWorkerConfig({ ...worker, [name]: `${2 ** 31}` })).toThrow(`${name}: `);
    expect(() => loadWorkerConfig({ ...worker, [name]: '0' })).toThrow(`${name}: `);
  });

  it('lets Temporal wait for weeks, in the order as in what is left of an import', () => {
    const weeks = { TRANSFER_EXPIRY_MS: `${60 * DAY_MS}`, STUCK_MAX_MS: `${7 * DAY_MS}` };
    expect(orderPolicy(loadApiConfig({ ...api, ...weeks }))).toMatchObject({
      transferExpiryMs: 60 * DAY_MS,
      stuckMaxMs: 7 * DAY_MS,
    });
    expect(loadImportConfig({ ...worker, ...weeks })).toMatchObject({
      TRANSFER_EXPIRY_MS: 60 * DAY_MS,
    });
    expect(() => loadImportConfig({ ...worker, STUCK_MAX_MS: '1' })).toThrow('STUCK_MAX_MS');
  });

  it('takes the URL of keys in place of a secret, and a list of origins', () => {
    const config = loadApiConfig({
      ...api,
      JWT_SECRET: '',
      JWKS_URL: 'https://id.example/keys',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173',
    });
    expect(config.JWKS_URL).toBe('https://id.example/keys');
    expect(config.CORS_ORIGINS).toEqual(['https://shop.example', 'http://localhost:5173']);
  });

  it('needs Redis and RabbitMQ in production, and not elsewhere', () => {
    const load = () => loadWorkerConfig({ ...worker, NODE_ENV: 'production' });
    expect(load).toThrow(/REDIS_URL: is required in production/);
    expect(load).toThrow(/RABBITMQ_URL: is required in production/);
  });

  it('finds Temporal by its own variables', () => {
    const { temporal } = loadApiConfig({
      ...api,
      TEMPORAL_ADDRESS: 'temporal:7233',
      TEMPORAL_NAMESPACE: 'shop',
    });
    expect(temporal).toMatchObject({
      namespace: 'shop',
      connectionOptions: { address: 'temporal:7233' },
    });
  });
});
